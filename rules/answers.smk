rule answers:
    input:
        questions="data/items/benchmark/{variant}/{setting}.jsonl",
        checks="data/items/benchmark/{variant}/{setting}.checks.json",
        base=self_test_items,
        frames=frames_of_items,
        sheets=lambda wc: sheets(wc.model, wc.variant, wc.setting),
        weights=lambda wc: STUDY.askable[wc.model].weight_files(),
    output:
        "results/answers/{model}/{mode}/{variant}/{setting}.jsonl",
    log:
        "logs/answers/{model}/{mode}/{variant}/{setting}.log",
    wildcard_constraints:
        setting=ANY_SETTING,
    conda:
        lambda wc: f"../envs/{STUDY.answers_environment(wc.model)}.yaml"
    resources:
        gpu=lambda wc: STUDY.answers_needs(wc.model).gpus,
        mem_mb=lambda wc: STUDY.answers_needs(wc.model).memory_mb,
        runtime=lambda wc: STUDY.answers_needs(wc.model).minutes,
    params:
        job=lambda wc: answers_job(wc).arguments,
        on_gpus=lambda wc, resources: on_gpus(STUDY.answers_needs(wc.model)),
    shell:
        "{params.on_gpus}python -m scripts.answer_items {params.job} --items {input.questions}"
        " --self-test {input.base} --frames {input.frames} --sheets {input.sheets} --weights {input.weights}"
        " --out {output} 2>&1 | tee {log}"
