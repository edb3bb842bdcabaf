TRACED = [f"{model}={path}" for model, path in STUDY.traces.answers()]
TRACED_ITEMS = expand("data/items/benchmark/base/{setting}.jsonl", setting=SETTINGS)


rule trace_rules:
    input:
        questions="data/items/benchmark/base/{setting}.jsonl",
        answers="results/answers/{model}/{mode}/base/{setting}.jsonl",
    output:
        "results/traces/{model}/{mode}/{setting}.rules.jsonl",
    log:
        "logs/traces/{model}/{mode}/{setting}.rules.log",
    conda:
        "../envs/spacenum.yaml"
    params:
        job=lambda wc: STUDY.traces.rules_job(wc.model).arguments,
    shell:
        "python -m scripts.label_traces {params.job} --items {input.questions} --answers {input.answers}"
        " --out {output} 2>&1 | tee {log}"


rule trace_judge:
    input:
        questions="data/items/benchmark/base/{setting}.jsonl",
        answers="results/answers/{model}/{mode}/base/{setting}.jsonl",
    output:
        "results/traces/{model}/{mode}/{setting}.judge.jsonl",
    log:
        "logs/traces/{model}/{mode}/{setting}.judge.log",
    conda:
        f"../envs/{STUDY.traces.judge_environment()}.yaml"
    params:
        job=lambda wc: STUDY.traces.judge_job(wc.model).arguments,
    shell:
        "python -m scripts.judge_traces {params.job} --items {input.questions} --answers {input.answers}"
        " --out {output} 2>&1 | tee {log}"


rule trace_sheet:
    input:
        questions=TRACED_ITEMS,
        answers=[path for _, path in STUDY.traces.answers()],
    output:
        "results/traces/sheet.csv",
    log:
        "logs/traces/sheet.log",
    conda:
        "../envs/spacenum.yaml"
    params:
        job=STUDY.traces.sheet_job().arguments,
        answers=TRACED,
    shell:
        "python -m scripts.export_trace_sheet {params.job} --items {input.questions} --answers {params.answers}"
        " --out {output} 2>&1 | tee {log}"


rule trace_people:
    input:
        questions=TRACED_ITEMS,
        answers=[path for _, path in STUDY.traces.answers()],
        sheet=lambda wc: STUDY.traces.sheets[wc.person],
    output:
        "results/traces/people/{person}.jsonl",
    log:
        "logs/traces/people/{person}.log",
    wildcard_constraints:
        person="|".join(STUDY.traces.sheets) or "none",
    conda:
        "../envs/spacenum.yaml"
    params:
        job=lambda wc: STUDY.traces.people_job(wc.person).arguments,
        answers=TRACED,
    shell:
        "python -m scripts.import_trace_sheet {params.job} --items {input.questions} --answers {params.answers}"
        " --sheet {input.sheet} --out {output} 2>&1 | tee {log}"


rule trace_table:
    input:
        STUDY.traces.labels(),
    output:
        shown_in_report("results/tables/{table}.csv", "{table}"),
    log:
        "logs/tables/{table}.log",
    wildcard_constraints:
        table="|".join(STUDY.traces.tables()) or "none",
    conda:
        "../envs/spacenum.yaml"
    params:
        job=STUDY.traces.table_job().arguments,
        caption=lambda wc: caption_of_table(wc.table),
    shell:
        "python -m scripts.make_trace_table {params.job} --table {wildcards.table} --labels {input}"
        " --out {output} 2>&1 | tee {log}"


rule trace_gallery:
    input:
        questions=TRACED_ITEMS,
        answers=[path for _, path in STUDY.traces.answers()],
        labels=STUDY.traces.labels(),
    output:
        page="results/traces/gallery/index.html",
        data="results/traces/gallery/items.js",
    log:
        "logs/traces/gallery.log",
    conda:
        "../envs/spacenum.yaml"
    params:
        job=STUDY.traces.gallery_job().arguments,
        answers=TRACED,
    shell:
        "python -m scripts.build_trace_gallery {params.job} --items {input.questions} --answers {params.answers}"
        " --labels {input.labels} --out {output.page} 2>&1 | tee {log}"
