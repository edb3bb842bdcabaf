rule external_source:
    output:
        "data/external/hub/{owner}/{repo}/{revision}/{file}",
    log:
        "logs/external/hub/{owner}/{repo}/{revision}/{file}.log",
    wildcard_constraints:
        owner="[^/]+",
        repo="[^/]+",
        revision="[0-9a-f]{40}",
        file="[^/]+",
    conda:
        "../envs/external.yaml"
    params:
        job=lambda wc, output: STUDY.external.source_job(STUDY.external.sources()[output[0]]).arguments,
    shell:
        "python -m scripts.fetch_external {params.job} --out {output} 2>&1 | tee {log}"


rule external_questions:
    input:
        lambda wc: STUDY.external.source(wc.benchmark),
    output:
        questions="data/external/{benchmark}/questions.jsonl",
        images=directory("data/external/{benchmark}/images"),
    log:
        "logs/external/{benchmark}.log",
    wildcard_constraints:
        benchmark="|".join(STUDY.external.entries) or "none",
    conda:
        "../envs/external.yaml"
    params:
        job=lambda wc: STUDY.external.questions_job(wc.benchmark).arguments,
    shell:
        "python -m scripts.read_external {params.job} --source {input} --out {output.questions} 2>&1 | tee {log}"


rule external_items:
    input:
        lambda wc: f"data/external/{STUDY.external.asked[wc.variant].entry.benchmark}/questions.jsonl",
    output:
        worded="data/items/benchmark/{variant}/external.jsonl",
        checks="data/items/benchmark/{variant}/external.checks.json",
    log:
        "logs/items/benchmark/{variant}/external.log",
    wildcard_constraints:
        variant="|".join(name for name, asked in STUDY.external.asked.items() if asked.entry) or "none",
    conda:
        "../envs/spacenum.yaml"
    params:
        job=lambda wc: STUDY.external.items_job(wc.variant).arguments,
    shell:
        "python -m scripts.build_external {params.job} --questions {input} --out {output.worded} 2>&1 | tee {log}"


rule external_table:
    input:
        [path for _, _, path in STUDY.external.scores()],
    output:
        table=shown_in_report("results/tables/external.csv", "external"),
        delta="results/tables/external_delta.csv",
    log:
        "logs/tables/external.log",
    conda:
        "../envs/spacenum.yaml"
    params:
        job=STUDY.external.table_job().arguments,
        scores=[f"{model}:{name}={path}" for model, name, path in STUDY.external.scores()],
        caption=caption_of_table("external"),
    shell:
        "python -m scripts.make_external_table {params.job} --scores {params.scores} --out {output.table} 2>&1 | tee {log}"


rule external:
    input:
        expand("results/tables/{table}.csv", table=STUDY.external.tables),
