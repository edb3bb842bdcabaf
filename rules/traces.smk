TRACED_ITEMS = [paths.ITEMS.of(split="benchmark", setting=setting) for setting in SETTINGS]


rule trace_rules:
    input:
        items_file=paths.ITEMS.items_file.replace("{split}", "benchmark"),
        answers=paths.ANSWERS.answers.replace("{variant}", "base"),
    output:
        labels=paths.TRACE_RULES.labels,
        meta=paths.TRACE_RULES.meta,
    log:
        "logs/traces/{model}/{mode}/{setting}.rules.log",
    conda:
        "../envs/spacenum.yaml"
    params:
        job=lambda wc: LAUNCHER.job(STUDY.traces.by_rules(wc.model)),
    shell:
        "python -m scripts.label_traces {output.labels:q} 2>&1 | tee {log:q}"


rule trace_judge:
    input:
        items_file=paths.ITEMS.items_file.replace("{split}", "benchmark"),
        answers=paths.ANSWERS.answers.replace("{variant}", "base"),
    output:
        labels=paths.TRACE_JUDGE.labels,
        meta=paths.TRACE_JUDGE.meta,
    log:
        "logs/traces/{model}/{mode}/{setting}.judge.log",
    conda:
        f"../envs/{STUDY.traces.judge_environment()}.yaml"
    threads: STUDY.traces.judge_resources().threads
    resources:
        gpu=STUDY.traces.judge_resources().gpus,
        mem_mb=lambda wc, attempt: attempt * STUDY.traces.judge_resources().memory_mb,
        runtime=STUDY.traces.judge_resources().minutes,
    params:
        job=lambda wc: LAUNCHER.job(STUDY.traces.by_judge(wc.model)),
        gpus=STUDY.traces.judge_resources().gpus,
    shell:
        "python -m scripts.on_gpus {params.gpus:q} scripts.judge_traces {output.labels:q} 2>&1 | tee {log:q}"


rule trace_sheet:
    input:
        items_file=TRACED_ITEMS,
        answers=files(STUDY.traces.answers()),
    output:
        sheet=paths.TRACE_SHEET.sheet,
        meta=paths.TRACE_SHEET.meta,
    log:
        "logs/traces/sheet.log",
    conda:
        "../envs/spacenum.yaml"
    params:
        job=LAUNCHER.job(STUDY.traces.sheet()),
    shell:
        "python -m scripts.export_trace_sheet {output.sheet:q} 2>&1 | tee {log:q}"


rule trace_people:
    input:
        items_file=TRACED_ITEMS,
        answers=files(STUDY.traces.answers()),
        sheet=lambda wc: STUDY.traces.sheets[wc.person],
    output:
        labels=paths.TRACE_PEOPLE.labels,
        meta=paths.TRACE_PEOPLE.meta,
    log:
        "logs/traces/people/{person}.log",
    wildcard_constraints:
        person=pattern(STUDY.traces.sheets),
    conda:
        "../envs/spacenum.yaml"
    params:
        job=lambda wc: LAUNCHER.job(STUDY.traces.by_person(wc.person)),
    shell:
        "python -m scripts.import_trace_sheet {output.labels:q} 2>&1 | tee {log:q}"


rule trace_table:
    input:
        labels=STUDY.traces.labels(),
    output:
        table=shown_in_report(paths.TRACE_TABLE.table, "{table}"),
        meta=paths.TRACE_TABLE.meta,
    log:
        "logs/tables/{table}.log",
    wildcard_constraints:
        table=pattern(STUDY.traces.tables()),
    conda:
        "../envs/spacenum.yaml"
    params:
        job=lambda wc: LAUNCHER.job(STUDY.traces.table(wc.table)),
        caption=lambda wc: caption_of_table(wc.table),
    shell:
        "python -m scripts.make_trace_table {output.table:q} 2>&1 | tee {log:q}"


rule trace_gallery:
    input:
        items_file=TRACED_ITEMS,
        answers=files(STUDY.traces.answers()),
        labels=STUDY.traces.labels(),
    output:
        page=paths.TRACE_GALLERY.page,
        index=paths.TRACE_GALLERY.index,
        data=directory(paths.TRACE_GALLERY.data),
        meta=paths.TRACE_GALLERY.meta,
    log:
        "logs/traces/gallery.log",
    conda:
        "../envs/spacenum.yaml"
    params:
        job=LAUNCHER.job(STUDY.traces.gallery()),
    shell:
        "python -m scripts.build_trace_gallery {output.page:q} 2>&1 | tee {log:q}"
