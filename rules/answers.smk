rule answers:
    input:
        questions="data/items/benchmark/base/{setting}.jsonl",
        checks="data/items/benchmark/base/{setting}.checks.json",
        frames=lambda wc: [
            f"data/frames/{wc.setting}/base/{shard}/frames.jsonl" for shard in STUDY.shards(wc.setting, "benchmark")
        ],
    output:
        "results/answers/{model}/{mode}/base/{setting}.jsonl",
    log:
        "logs/answers/{model}/{mode}/base/{setting}.log",
    conda:
        lambda wc: f"../envs/{STUDY.answers_environment(wc.model)}.yaml"
    resources:
        gpus=lambda wc: STUDY.models[wc.model].gpus,
    params:
        job=lambda wc: STUDY.answers_job(wc.model, wc.mode).arguments,
    shell:
        "SPACENUM_GPUS={resources.gpus} python -m scripts.answer_items {params.job} --items {input.questions} --frames {input.frames}"
        " --out {output} 2>&1 | tee {log}"
