rule scenes:
    output:
        "data/scenes/{setting}/{shard}.jsonl",
    input:
        STUDY.pack_files(),
    params:
        job=lambda wc: STUDY.scenes_job(wc.setting, wc.shard).arguments,
    log:
        "logs/scenes/{setting}/{shard}.log",
    conda:
        "../envs/spacenum.yaml"
    shell:
        "python {SCRIPTS}/build_scenes.py {params.job} --out {output} 2>&1 | tee {log}"


rule sweethome3d:
    output:
        "data/packs/sweethome3d/manifest.yaml",
        "data/packs/sweethome3d/ATTRIBUTION.txt",
        directory("data/packs/sweethome3d/models"),
    log:
        "logs/packs/sweethome3d.log",
    conda:
        "../envs/spacenum.yaml"
    shell:
        "python {SCRIPTS}/fetch_sweethome3d.py --out data/packs/sweethome3d 2>&1 | tee {log}"
