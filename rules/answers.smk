rule answers:
    input:
        questions="data/items/benchmark/{variant}/{setting}.jsonl",
        checks="data/items/benchmark/{variant}/{setting}.checks.json",
        base="data/items/benchmark/base/{setting}.jsonl",
        frames=frames_of_items,
        adapter=lambda wc: STUDY.tuning.adapter_files(STUDY.askable[wc.model]),
    output:
        "results/answers/{model}/{mode}/{variant}/{setting}.jsonl",
    log:
        "logs/answers/{model}/{mode}/{variant}/{setting}.log",
    conda:
        lambda wc: f"../envs/{STUDY.answers_environment(wc.model)}.yaml"
    resources:
        gpus=lambda wc: STUDY.askable[wc.model].gpus,
    params:
        job=lambda wc: STUDY.answers_job(wc.model, wc.mode).arguments,
    shell:
        "SPACENUM_GPUS={resources.gpus} python -m scripts.answer_items {params.job} --items {input.questions} --self-test {input.base} --frames {input.frames}"
        " --adapter {input.adapter} --out {output} 2>&1 | tee {log}"
