rule main_table:
    input:
        scores=files(STUDY.tables.scores(PLAN.mode)),
    output:
        csv=shown_in_report(paths.MAIN_TABLE.csv, "main_table"),
        md=paths.MAIN_TABLE.md,
        tex=paths.MAIN_TABLE.tex,
        meta=paths.MAIN_TABLE.meta,
    log:
        "logs/main_table.log",
    conda:
        "../envs/spacenum.yaml"
    params:
        job=LAUNCHER.job(STUDY.tables.main_table(PLAN.mode)),
        caption=caption_of_table("main_table"),
    shell:
        "python -m scripts.make_main_table {output.csv:q} 2>&1 | tee {log:q}"


use rule main_table as main_table_beside_published with:
    output:
        **paths.MAIN_TABLE_PUBLISHED.declared,
    log:
        "logs/main_table_beside_published.log",
    params:
        job=LAUNCHER.job(STUDY.tables.main_table(PLAN.mode, with_published=True)),


use rule main_table as imported_main_table with:
    input:
        scores=lambda wc: files(STUDY.external.scores_of(wc.variant)),
    output:
        csv=shown_in_report(paths.IMPORTED_MAIN_TABLE.csv, "main_table of {variant}"),
        md=paths.IMPORTED_MAIN_TABLE.md,
        tex=paths.IMPORTED_MAIN_TABLE.tex,
        meta=paths.IMPORTED_MAIN_TABLE.meta,
    log:
        "logs/imported/{variant}/main_table.log",
    wildcard_constraints:
        variant=pattern(PLAN.config.imported),
    params:
        job=lambda wc: LAUNCHER.job(STUDY.external.main_table(wc.variant)),
        caption="The main table of a published set of items (docs/official.md).",


use rule main_table as main_table_of_mode with:
    input:
        scores=lambda wc: files(STUDY.tables.scores(wc.mode)),
    output:
        csv=shown_in_report(paths.MAIN_TABLE_OF_MODE.csv, "main_table", "{mode}"),
        md=paths.MAIN_TABLE_OF_MODE.md,
        tex=paths.MAIN_TABLE_OF_MODE.tex,
        meta=paths.MAIN_TABLE_OF_MODE.meta,
    log:
        "logs/modes/{mode}/main_table.log",
    params:
        job=lambda wc: LAUNCHER.job(STUDY.tables.main_table(wc.mode)),
        caption=lambda wc: caption_of_table("main_table", wc.mode),


rule table:
    input:
        scores=lambda wc: files(STUDY.tables.table_scores(wc.table, PLAN.mode)),
    output:
        table=shown_in_report(paths.TABLE.table, "{table}"),
        meta=paths.TABLE.meta,
    log:
        "logs/tables/{table}.log",
    wildcard_constraints:
        table=pattern(STUDY.tables.of_first_mode()),
    conda:
        "../envs/spacenum.yaml"
    params:
        job=lambda wc: LAUNCHER.job(STUDY.tables.table(wc.table, PLAN.mode)),
        caption=lambda wc: caption_of_table(wc.table),
    shell:
        "python -m scripts.make_table {output.table:q} 2>&1 | tee {log:q}"


use rule table as table_of_mode with:
    input:
        scores=lambda wc: files(STUDY.tables.scores(wc.mode)),
    output:
        table=shown_in_report(paths.TABLE_OF_MODE.table, "{table}", "{mode}"),
        meta=paths.TABLE_OF_MODE.meta,
    log:
        "logs/modes/{mode}/{table}.log",
    wildcard_constraints:
        table=pattern({table for _, table in STUDY.tables.of_modes()} - {"main_table"}),
    params:
        job=lambda wc: LAUNCHER.job(STUDY.tables.table(wc.table, wc.mode)),
        caption=lambda wc: caption_of_table(wc.table, wc.mode),


rule statistics:
    output:
        table=shown_in_report(paths.STATISTICS.table, "statistics"),
        meta=paths.STATISTICS.meta,
    log:
        "logs/tables/statistics.log",
    conda:
        "../envs/spacenum.yaml"
    params:
        job=LAUNCHER.job(STUDY.tables.statistics()),
        caption=caption_of_table("statistics"),
    shell:
        "python -m scripts.make_statistics {output.table:q} 2>&1 | tee {log:q}"


rule coverage:
    input:
        transition=STUDY.collection.shard_files("coverage", "transition", "benchmark"),
        layout=STUDY.collection.shard_files("coverage", "layout", "benchmark"),
        families=[
            file for setting in SETTINGS for file in STUDY.collection.shard_files("families", setting, "benchmark")
        ],
        shown=STUDY.collection.item_files("benchmark"),
    output:
        csv=shown_in_report(paths.COVERAGE.csv, "coverage"),
        md=paths.COVERAGE.md,
        meta=paths.COVERAGE.meta,
    log:
        "logs/tables/coverage.log",
    conda:
        "../envs/spacenum.yaml"
    params:
        job=LAUNCHER.job(STUDY.collection.coverage("benchmark")),
        caption=caption_of_table("coverage"),
    shell:
        "python -m scripts.make_coverage {output.csv:q} 2>&1 | tee {log:q}"


use rule coverage as train_coverage with:
    input:
        transition=STUDY.collection.shard_files("coverage", "transition", "train"),
        layout=STUDY.collection.shard_files("coverage", "layout", "train"),
        families=[file for setting in SETTINGS for file in STUDY.collection.shard_files("families", setting, "train")],
        shown=STUDY.collection.item_files("train"),
    output:
        **paths.TRAIN_COVERAGE.declared,
    log:
        "logs/tables/train_coverage.log",
    params:
        job=LAUNCHER.job(STUDY.collection.coverage("train")),
