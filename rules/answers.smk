rule answers:
    input:
        items_file=paths.VARIANT.items_file.replace("{split}", "benchmark"),
        checks=paths.CHECKS.checks.replace("{split}", "benchmark"),
        self_test=self_test_items,
        frames=lambda wc: STUDY.collection.frames_of_items(wc.setting, "benchmark", wc.variant),
        tested=lambda wc: STUDY.collection.tested_frames(wc.setting, wc.variant),
        sheets=lambda wc: [
            *sheets(wc.model, wc.variant, wc.setting),
            *imported(wc.model, wc.variant, wc.setting),
        ],
        weights=lambda wc: PLAN.askable[wc.model].weight_files(),
        parts=lambda wc: part_files(wc),  # of which answers are then merged
        carried=lambda wc: known_by_others([*STUDY.images(wc.setting, wc.variant), *metas(part_files(wc))]),
    output:
        answers=paths.ANSWERS.answers,
        meta=paths.ANSWERS.meta,
    log:
        "logs/answers/{model}/{mode}/{variant}/{setting}.log",
    wildcard_constraints:
        setting=ANY_SETTING,
    conda:
        lambda wc: f"../envs/{STUDY.answering.environment(wc.model, wc.mode)}.yaml"
    threads: lambda wc: answers_needs(wc).threads
    resources:
        gpu=lambda wc: answers_needs(wc).gpus,
        mem_mb=lambda wc, attempt: attempt * answers_needs(wc).memory_mb,
        runtime=lambda wc: answers_needs(wc).minutes,
    params:
        job=lambda wc: LAUNCHER.job(answers_job(wc)),
        gpus=lambda wc, resources: answers_needs(wc).gpus,
    shell:
        "python -m scripts.on_gpus {params.gpus:q} scripts.answer_items {output.answers:q} 2>&1 | tee {log:q}"


if STUDY.answering.in_parts():  # Snakemake puts no rule that runs nowhere into a container

    use rule answers as answers_part with:
        output:
            answers=paths.ANSWERS_PART.answers,
            meta=paths.ANSWERS_PART.meta,
        log:
            "logs/answers/{model}/{mode}/{variant}/{setting}.parts/{part}.log",
        wildcard_constraints:
            setting="transition|layout",
            part=r"\d+-of-\d+",
