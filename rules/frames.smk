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
        lambda wc: f"../envs/{STUDY.config.simulators[wc.setting]}.yaml"
    resources:
        mem_mb=1500,
        gpus=lambda wc: STUDY.engine_gpus(wc.setting),
    params:
        job=lambda wc: STUDY.frames_job(wc.setting, wc.shard).arguments,
        folder=lambda wc, output: Path(output.frames).parent,
    shell:
        "python -m scripts.render_frames {params.job} --scenes {input.scenes} --out {params.folder} 2>&1 | tee {log}"
