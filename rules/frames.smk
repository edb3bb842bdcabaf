rule frames:
    input:
        pack=STUDY.collection.pack_files(),
        scenes=paths.SCENES.scenes,
        carried=known_by_others(STUDY.collection.pack_models()),
    output:
        frames=paths.FRAMES.frames,
        families=paths.FRAMES.families,
        coverage=paths.FRAMES.coverage,
        images=directory(paths.FRAMES.images),
        meta=paths.FRAMES.meta,
    log:
        "logs/frames/{setting}/base/{shard}.log",
    conda:
        lambda wc: f"../envs/{STUDY.collection.environment(wc.setting)}.yaml"
    threads: lambda wc: STUDY.collection.resources(wc.setting).threads
    resources:
        gpu=lambda wc: STUDY.collection.resources(wc.setting).gpus,
        mem_mb=lambda wc, attempt: attempt * STUDY.collection.resources(wc.setting).memory_mb,
        runtime=lambda wc: STUDY.collection.resources(wc.setting).minutes,
    params:
        job=lambda wc: LAUNCHER.job(STUDY.collection.frames(wc.setting)),
        gpus=lambda wc, resources: STUDY.collection.resources(wc.setting).gpus,
    shell:
        "python -m scripts.on_gpus {params.gpus:q} scripts.render_frames {output.frames:q} 2>&1 | tee {log:q}"
