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
    output:
        answers=paths.ANSWERS.answers,
    log:
        "logs/answers/{model}/{mode}/{variant}/{setting}.log",
    wildcard_constraints:
        setting=ANY_SETTING,
    conda:
        lambda wc: f"../envs/{STUDY.answering.environment(wc.model, wc.mode)}.yaml"
    threads: lambda wc: STUDY.answering.resources(wc.model).threads
    resources:
        gpu=lambda wc: STUDY.answering.resources(wc.model).gpus,
        mem_mb=lambda wc, attempt: attempt * STUDY.answering.resources(wc.model).memory_mb,
        runtime=lambda wc: STUDY.answering.resources(wc.model).minutes,
    params:
        job=lambda wc: LAUNCHER.job(answers_job(wc)),
        gpus=lambda wc, resources: STUDY.answering.resources(wc.model).gpus,
    shell:
        "python -m scripts.on_gpus {params.gpus:q} scripts.answer_items {output.answers:q} 2>&1 | tee {log:q}"
