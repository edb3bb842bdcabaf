rule scenes:
    input:
        STUDY.pack_files(),
    output:
        "data/scenes/{setting}/{shard}.jsonl",
    log:
        "logs/scenes/{setting}/{shard}.log",
    conda:
        "../envs/spacenum.yaml"
    params:
        job=lambda wc: STUDY.scenes_job(wc.setting, wc.shard).arguments,
    shell:
        "python -m scripts.build_scenes {params.job} --out {output} 2>&1 | tee {log}"


rule sweethome3d:
    output:
        "data/packs/sweethome3d/manifest.yaml",
        "data/packs/sweethome3d/ATTRIBUTION.txt",
        directory("data/packs/sweethome3d/models"),
    log:
        "logs/packs/sweethome3d.log",
    conda:
        "../envs/spacenum.yaml"
    params:
        code=STUDY.pack_code("sweethome3d"),  # an edited selection fetches anew
    shell:
        "python -m scripts.fetch_sweethome3d --out data/packs/sweethome3d 2>&1 | tee {log}"


rule blenderkit:
    output:
        "data/packs/blenderkit/manifest.yaml",
        "data/packs/blenderkit/ATTRIBUTION.txt",
        directory("data/packs/blenderkit/models"),
    log:
        "logs/packs/blenderkit.log",
    conda:
        "../envs/blender.yaml"
    params:
        code=STUDY.pack_code("blenderkit", "spacenum.simulators.blender.normalising.convert"),
    shell:
        "python -m scripts.fetch_blenderkit --out data/packs/blenderkit 2>&1 | tee {log}"
