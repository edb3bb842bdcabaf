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


rule pack:
    output:
        "data/packs/{pack}/manifest.yaml",
        "data/packs/{pack}/ATTRIBUTION.txt",
        directory("data/packs/{pack}/models"),
    log:
        "logs/packs/{pack}.log",
    wildcard_constraints:
        pack="|".join(name for name in packs() if name not in ("procedural", "blenderkit")),
    conda:
        "../envs/spacenum.yaml"
    params:
        code=lambda wc: STUDY.pack_code(wc.pack),  # an edited selection fetches anew
    shell:
        "python -m scripts.fetch_{wildcards.pack} --out data/packs/{wildcards.pack} 2>&1 | tee {log}"


rule blenderkit:  # whose models Blender converts
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
