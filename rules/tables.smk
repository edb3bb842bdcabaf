rule main_table:
    input:
        [path for _, path in SCORES],
    output:
        csv=shown_in_report("results/main_table.csv", "main_table"),
        md="results/main_table.md",
        tex="results/main_table.tex",
    log:
        "logs/main_table.log",
    conda:
        "../envs/spacenum.yaml"
    params:
        job=STUDY.main_table_job(STUDY.config.modes[0]).arguments,
        scores=[f"{model}={path}" for model, path in SCORES],
        caption=caption_of_table("main_table"),
    shell:
        "python -m scripts.make_main_table {params.job} --scores {params.scores} --out {output.csv} 2>&1 | tee {log}"


rule main_table_beside_published:
    input:
        [path for _, path in SCORES],
    output:
        multiext("results/published/main_table", csv=".csv", md=".md", tex=".tex"),
    log:
        "logs/main_table_beside_published.log",
    conda:
        "../envs/spacenum.yaml"
    params:
        job=STUDY.main_table_job(STUDY.config.modes[0]).arguments,
        scores=[f"{model}={path}" for model, path in SCORES],
    shell:
        "python -m scripts.make_main_table {params.job} --scores {params.scores} --with-published"
        " --out {output.csv} 2>&1 | tee {log}"


rule table:
    input:
        [path for _, path in SCORES],
    output:
        shown_in_report("results/tables/{table}.csv", "{table}"),
    log:
        "logs/tables/{table}.log",
    wildcard_constraints:
        table="|".join(LETTER_TABLES),
    conda:
        "../envs/spacenum.yaml"
    params:
        job=lambda wc: STUDY.table_job(STUDY.config.modes[0], wc.table).arguments,
        scores=[f"{model}={path}" for model, path in SCORES],
        caption=lambda wc: caption_of_table(wc.table),
    shell:
        "python -m scripts.make_table {params.job} --table {wildcards.table} --scores {params.scores}"
        " --out {output} 2>&1 | tee {log}"


use rule main_table as main_table_of_mode with:
    input:
        lambda wc: [path for _, path in of_models("scores", "csv", wc.mode)],
    output:
        csv=shown_in_report("results/modes/{mode}/main_table.csv", "main_table", "{mode}"),
        md="results/modes/{mode}/main_table.md",
        tex="results/modes/{mode}/main_table.tex",
    log:
        "logs/modes/{mode}/main_table.log",
    params:
        caption=lambda wc: caption_of_table("main_table", wc.mode),
        job=lambda wc: STUDY.main_table_job(wc.mode).arguments,
        scores=lambda wc: [f"{model}={path}" for model, path in of_models("scores", "csv", wc.mode)],


use rule table as table_of_mode with:
    input:
        lambda wc: [path for _, path in of_models("scores", "csv", wc.mode)],
    output:
        shown_in_report("results/modes/{mode}/{table}.csv", "{table}", "{mode}"),
    log:
        "logs/modes/{mode}/{table}.log",
    wildcard_constraints:
        table="|".join(score_tables.names()),
    params:
        caption=lambda wc: caption_of_table(wc.table, wc.mode),
        job=lambda wc: STUDY.table_job(wc.mode, wc.table).arguments,
        scores=lambda wc: [f"{model}={path}" for model, path in of_models("scores", "csv", wc.mode)],


rule statistics:
    output:
        shown_in_report("results/tables/statistics.csv", "statistics"),
    log:
        "logs/tables/statistics.log",
    conda:
        "../envs/spacenum.yaml"
    params:
        job=STUDY.statistics_job().arguments,
        caption=caption_of_table("statistics"),
    shell:
        "python -m scripts.make_statistics {params.job} --out {output} 2>&1 | tee {log}"


rule coverage:
    input:
        **{
            setting: [
                f"data/frames/{setting}/base/{shard}/coverage.csv" for shard in STUDY.shards(setting, "benchmark")
            ]
            for setting in SETTINGS
        },
    output:
        csv=shown_in_report("results/tables/coverage.csv", "coverage"),
        md="results/tables/coverage.md",
    log:
        "logs/tables/coverage.log",
    conda:
        "../envs/spacenum.yaml"
    params:
        job=STUDY.coverage_job("benchmark").arguments,
        caption=caption_of_table("coverage"),
    shell:
        "python -m scripts.make_coverage {params.job} --transition {input.transition} --layout {input.layout}"
        " --out {output.csv} 2>&1 | tee {log}"


use rule coverage as train_coverage with:
    input:
        **{
            setting: [f"data/frames/{setting}/base/{shard}/coverage.csv" for shard in STUDY.shards(setting, "train")]
            for setting in SETTINGS
        },
    output:
        multiext("results/tables/train_coverage", csv=".csv", md=".md"),
    log:
        "logs/tables/train_coverage.log",
    params:
        job=STUDY.coverage_job("train").arguments,
