TUNING = STUDY.tuning
RUN = "results/tuning/{base}-{recipe}-{method}"


rule recipe:
    input:
        train=lambda wc: expand("data/items/train/base/{setting}.jsonl", setting=TUNING.settings_of(wc.recipe)),
        checks=lambda wc: expand("data/items/train/base/{setting}.checks.json", setting=TUNING.settings_of(wc.recipe)),
        benchmark=lambda wc: expand("data/items/benchmark/base/{setting}.jsonl", setting=TUNING.settings_of(wc.recipe)),
        scenes=lambda wc: [
            f"data/scenes/{setting}/{shard}.jsonl"
            for setting in TUNING.settings_of(wc.recipe)
            for split in SPLITS
            for shard in STUDY.shards(setting, split)
        ],
    output:
        chosen="data/recipes/{recipe}.jsonl",
        summary="data/recipes/{recipe}.yaml",
    log:
        "logs/recipes/{recipe}.log",
    wildcard_constraints:
        recipe="|".join(STUDY.config.tuning.recipes) or "none",
    conda:
        "../envs/spacenum.yaml"
    params:
        job=lambda wc: TUNING.recipe_job(wc.recipe).arguments,
    shell:
        "python -m scripts.select_recipe {params.job} --train {input.train} --benchmark {input.benchmark}"
        " --scenes {input.scenes} --out {output.chosen} --summary {output.summary} 2>&1 | tee {log}"


rule sft:
    input:
        questions="data/recipes/{recipe}.jsonl",
        weights=lambda wc: TUNING.bases[wc.base].weight_files(),
    output:
        steps=f"{RUN}/training.csv",
        adapter=expand(f"{RUN}/adapter/{{file}}", file=ADAPTER_FILES, allow_missing=True),
    log:
        "logs/tuning/{base}-{recipe}-{method}.log",
    wildcard_constraints:
        base="|".join(TUNING.bases) or "none",
        recipe="|".join(STUDY.config.tuning.recipes) or "none",
        method="sft",
    conda:
        "../envs/transformers.yaml"
    resources:
        gpu=lambda wc: TUNING.needs(wc.base, wc.method).gpus,
        mem_mb=lambda wc: TUNING.needs(wc.base, wc.method).memory_mb,
        runtime=lambda wc: TUNING.needs(wc.base, wc.method).minutes,
    params:
        job=lambda wc: TUNING.sft_job(f"{wc.base}-{wc.recipe}-{wc.method}").arguments,
        launch=lambda wc, resources: on_gpus(TUNING.needs(wc.base, wc.method)) + TUNING.launch(wc.base, wc.method),
        adapter=lambda wc, output: Path(output.adapter[0]).parent,
    shell:
        "{params.launch} -m scripts.tune_sft {params.job} --items {input.questions} --weights {input.weights} --adapter {params.adapter}"
        " --out {output.steps} 2>&1 | tee {log}"


rule grpo:
    input:
        questions="data/recipes/{recipe}.jsonl",
        weights=lambda wc: TUNING.bases[wc.base].weight_files(),
    output:
        steps=f"{RUN}/training.csv",
        adapter=expand(f"{RUN}/adapter/{{file}}", file=ADAPTER_FILES, allow_missing=True),
    log:
        "logs/tuning/{base}-{recipe}-{method}.log",
    wildcard_constraints:
        base="|".join(TUNING.bases) or "none",
        recipe="|".join(STUDY.config.tuning.recipes) or "none",
        method="grpo_[^/]+",
    conda:
        "../envs/transformers.yaml"
    resources:
        gpu=lambda wc: TUNING.needs(wc.base, wc.method).gpus,
        mem_mb=lambda wc: TUNING.needs(wc.base, wc.method).memory_mb,
        runtime=lambda wc: TUNING.needs(wc.base, wc.method).minutes,
    params:
        job=lambda wc: TUNING.grpo_job(f"{wc.base}-{wc.recipe}-{wc.method}").arguments,
        launch=lambda wc, resources: on_gpus(TUNING.needs(wc.base, wc.method)) + TUNING.launch(wc.base, wc.method),
        adapter=lambda wc, output: Path(output.adapter[0]).parent,
    shell:
        "{params.launch} -m scripts.tune_grpo {params.job} --items {input.questions} --weights {input.weights} --adapter {params.adapter}"
        " --out {output.steps} 2>&1 | tee {log}"


rule tuning_table:
    input:
        lambda wc: [path for _, path in TUNING.scores(wc.experiment)],
    output:
        shown_in_report("results/tables/{experiment}.csv", "{experiment}"),
    log:
        "logs/tables/{experiment}.log",
    wildcard_constraints:
        experiment="|".join(EXPERIMENTS),
    conda:
        "../envs/spacenum.yaml"
    params:
        job=lambda wc: TUNING.table_job(wc.experiment).arguments,
        caption=lambda wc: table_caption(wc.experiment, TUNING.table_job(wc.experiment).params.tables),
        scores=lambda wc: [f"{model}={path}" for model, path in TUNING.scores(wc.experiment)],
    shell:
        "python -m scripts.make_tuning_table {params.job} --scores {params.scores} --out {output} 2>&1 | tee {log}"
