rule frames:
    input:
        pack=STUDY.pack_files(),
        scenes="data/scenes/{setting}/{shard}.jsonl",
    output:
        frames="data/frames/{setting}/base/{shard}/frames.jsonl",
        families="data/frames/{setting}/base/{shard}/families.jsonl",
        coverage="data/frames/{setting}/base/{shard}/coverage.csv",
        images=directory("data/frames/{setting}/base/{shard}/images"),
    log:
        "logs/frames/{setting}/base/{shard}.log",
    conda:
        lambda wc: f"../envs/{STUDY.environment(STUDY.config.simulators[wc.setting])}.yaml"
    resources:
        gpu=lambda wc: STUDY.frames_needs(wc.setting).gpus,
        mem_mb=lambda wc: STUDY.frames_needs(wc.setting).memory_mb,
        runtime=lambda wc: STUDY.frames_needs(wc.setting).minutes,
    params:
        job=lambda wc: STUDY.frames_job(wc.setting, wc.shard).arguments,
        folder=lambda wc, output: Path(output.frames).parent,
        on_gpus=lambda wc, resources: on_gpus(STUDY.frames_needs(wc.setting)),
    shell:
        "{params.on_gpus}python -m scripts.render_frames {params.job} --scenes {input.scenes} --out {params.folder} 2>&1 | tee {log}"
