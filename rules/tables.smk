def of_models(folder, suffix):
    """(model, file) for every model and setting that it can answer, in the tables' mode."""
    mode = STUDY.config.modes[0]
    return [
        (model, f"results/{folder}/{model}/{mode}/base/{setting}.{suffix}")
        for model in STUDY.models
        for setting in SETTINGS
        if model in STUDY.models_for(setting)
    ]


SCORES = of_models("scores", "csv")


rule main_table:
    output:
        multiext("results/main_table", ".csv", ".md", ".tex"),
    input:
        [path for _, path in SCORES],
    params:
        job=STUDY.main_table_job().arguments,
        scores=[f"{model}={path}" for model, path in SCORES],
    log:
        "logs/main_table.log",
    conda:
        "../envs/spacenum.yaml"
    shell:
        "python {SCRIPTS}/make_main_table.py {params.job} --scores {params.scores} --out {output[0]} 2>&1 | tee {log}"


rule main_table_beside_published:
    output:
        multiext("results/published/main_table", ".csv", ".md", ".tex"),
    input:
        [path for _, path in SCORES],
    params:
        job=STUDY.main_table_job().arguments,
        scores=[f"{model}={path}" for model, path in SCORES],
    log:
        "logs/main_table_beside_published.log",
    conda:
        "../envs/spacenum.yaml"
    shell:
        "python {SCRIPTS}/make_main_table.py {params.job} --scores {params.scores} --with-published"
        " --out {output[0]} 2>&1 | tee {log}"


rule table:
    output:
        "results/tables/{table}.csv",
    input:
        [path for _, path in SCORES],
    params:
        job=STUDY.table_job().arguments,
        scores=[f"{model}={path}" for model, path in SCORES],
    wildcard_constraints:
        table="|".join(TABLES),
    log:
        "logs/tables/{table}.log",
    conda:
        "../envs/spacenum.yaml"
    shell:
        "python {SCRIPTS}/make_table.py {params.job} --table {wildcards.table} --scores {params.scores}"
        " --out {output} 2>&1 | tee {log}"


rule statistics:
    output:
        "results/tables/statistics.csv",
    params:
        job=STUDY.statistics_job().arguments,
    log:
        "logs/tables/statistics.log",
    conda:
        "../envs/spacenum.yaml"
    shell:
        "python {SCRIPTS}/make_statistics.py {params.job} --out {output} 2>&1 | tee {log}"


rule coverage:
    output:
        multiext("results/tables/coverage", ".csv", ".md"),
    input:
        **{
            setting: [
                f"data/frames/{setting}/base/{shard}/coverage.csv" for shard in STUDY.shards(setting, "benchmark")
            ]
            for setting in SETTINGS
        },
    params:
        job=STUDY.coverage_job().arguments,
    log:
        "logs/tables/coverage.log",
    conda:
        "../envs/spacenum.yaml"
    shell:
        "python {SCRIPTS}/make_coverage.py {params.job} --transition {input.transition} --layout {input.layout}"
        " --out {output[0]} 2>&1 | tee {log}"
