rule recipe:
    input:
        train=lambda wc: STUDY.tuning.items_of(wc.recipe, "train"),
        checks=lambda wc: STUDY.tuning.checks_of(wc.recipe),
        benchmark=lambda wc: STUDY.tuning.items_of(wc.recipe, "benchmark"),
        scenes=lambda wc: [
            file
            for setting in STUDY.tuning.settings_of(wc.recipe)
            for split in SPLITS
            for file in STUDY.collection.scene_files(setting, split)
        ],
    output:
        chosen=paths.RECIPE.chosen,
        summary=paths.RECIPE.summary,
        meta=paths.RECIPE.meta,
    log:
        "logs/recipes/{recipe}.log",
    wildcard_constraints:
        recipe=pattern(PLAN.config.tuning.recipes),
    conda:
        "../envs/spacenum.yaml"
    params:
        job=lambda wc: LAUNCHER.job(STUDY.tuning.recipe(wc.recipe)),
    shell:
        "python -m scripts.select_recipe {output.chosen:q} 2>&1 | tee {log:q}"


rule sft:
    input:
        items_file=paths.RECIPE.chosen,
        frames=lambda wc: STUDY.tuning.frames_of(wc.recipe),
        weights=lambda wc: PLAN.bases[wc.base].weight_files(),
        carried=lambda wc: known_by_others(STUDY.tuning.images_of(wc.recipe)),
    output:
        steps=paths.SFT.steps,
        adapter=paths.SFT.adapter,
        meta=paths.SFT.meta,
    log:
        "logs/tuning/{base}-{recipe}-{method}.log",
    wildcard_constraints:
        base=pattern(PLAN.bases),
        recipe=pattern(PLAN.config.tuning.recipes),
        method="sft",
    conda:
        "../envs/transformers.yaml"
    threads: lambda wc: STUDY.tuning.resources(wc.base, wc.method).threads
    resources:
        gpu=lambda wc: STUDY.tuning.resources(wc.base, wc.method).gpus,
        mem_mb=lambda wc, attempt: attempt * STUDY.tuning.resources(wc.base, wc.method).memory_mb,
        runtime=lambda wc: STUDY.tuning.resources(wc.base, wc.method).minutes,
    params:
        job=lambda wc: LAUNCHER.job(STUDY.tuning.sft(f"{wc.base}-{wc.recipe}-{wc.method}")),
        gpus=lambda wc, resources: STUDY.tuning.resources(wc.base, wc.method).gpus,
    shell:
        "python -m scripts.on_gpus --process-per-gpu {params.gpus:q} scripts.tune_sft {output.steps:q}"
        " 2>&1 | tee {log:q}"


use rule sft as grpo with:
    wildcard_constraints:
        base=pattern(PLAN.bases),
        recipe=pattern(PLAN.config.tuning.recipes),
        method="grpo_[^/-]+",
    params:
        job=lambda wc: LAUNCHER.job(STUDY.tuning.grpo(f"{wc.base}-{wc.recipe}-{wc.method}")),
        gpus=lambda wc, resources: STUDY.tuning.resources(wc.base, wc.method).gpus,


rule tuning_table:
    input:
        scores=lambda wc: files(STUDY.tuning.scores(wc.experiment)),
        recipes=lambda wc: STUDY.tuning.summaries(wc.experiment),
    output:
        table=shown_in_report(paths.TUNING_TABLE.table, "{experiment}"),
        meta=paths.TUNING_TABLE.meta,
    log:
        "logs/tables/{experiment}.log",
    wildcard_constraints:
        experiment=pattern(EXPERIMENTS),
    conda:
        "../envs/spacenum.yaml"
    params:
        job=lambda wc: LAUNCHER.job(STUDY.tuning.table(wc.experiment)),
        caption=lambda wc: caption_of_table(wc.experiment, told=STUDY.tuning.table(wc.experiment).params.tables),
    shell:
        "python -m scripts.make_tuning_table {output.table:q} 2>&1 | tee {log:q}"
