rule external_source:
    output:
        file=paths.EXTERNAL_SOURCE.file,
        meta=paths.EXTERNAL_SOURCE.meta,
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
        job=lambda wc, output: LAUNCHER.job(STUDY.external.fetched(output[0])),
    shell:
        "python -m scripts.fetch_external {output.file:q} 2>&1 | tee {log:q}"


rule external_questions:
    input:
        source=lambda wc: STUDY.external.source(wc.benchmark),
    output:
        questions=paths.EXTERNAL_QUESTIONS.questions,
        images=directory(paths.EXTERNAL_QUESTIONS.images),
        meta=paths.EXTERNAL_QUESTIONS.meta,
    log:
        "logs/external/{benchmark}.log",
    wildcard_constraints:
        benchmark=pattern(STUDY.external.entries),
    conda:
        "../envs/external.yaml"
    params:
        job=lambda wc: LAUNCHER.job(STUDY.external.questions(wc.benchmark)),
    shell:
        "python -m scripts.read_external {output.questions:q} 2>&1 | tee {log:q}"


rule external_items:
    input:
        questions=lambda wc: STUDY.external.questions_file(wc.variant),
        prompts=lambda wc: STUDY.external.prompt_files(wc.variant),
    output:
        items_file=paths.EXTERNAL_ITEMS.items_file,
        checks=paths.EXTERNAL_ITEMS.checks,
        meta=paths.EXTERNAL_ITEMS.meta,
    log:
        "logs/items/benchmark/{variant}/external.log",
    wildcard_constraints:
        variant=pattern(name for name, asked in STUDY.external.asked.items() if asked.entry),
    conda:
        "../envs/spacenum.yaml"
    params:
        job=lambda wc: LAUNCHER.job(STUDY.external.items(wc.variant)),
    shell:
        "python -m scripts.build_external {output.items_file:q} 2>&1 | tee {log:q}"


rule external_table:
    input:
        scores=files(STUDY.external.scores()),
    output:
        table=shown_in_report(paths.EXTERNAL_TABLE.table, "external"),
        delta=paths.EXTERNAL_TABLE.delta,
        meta=paths.EXTERNAL_TABLE.meta,
    log:
        "logs/tables/external.log",
    conda:
        "../envs/spacenum.yaml"
    params:
        job=LAUNCHER.job(STUDY.external.table()),
        caption=caption_of_table("external"),
    shell:
        "python -m scripts.make_external_table {output.table:q} 2>&1 | tee {log:q}"


rule external:
    input:
        lambda wc: STUDY.external.targets(),
