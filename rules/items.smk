rule items:
    input:
        families=shard_files("families.jsonl"),
        frames=shard_files("frames.jsonl"),
        scenes=lambda wc: scene_files(wc) if wc.setting == "layout" else [],
    output:
        "data/items/{split}/base/{setting}.jsonl",
    log:
        "logs/items/{split}/base/{setting}.log",
    conda:
        "../envs/spacenum.yaml"
    params:
        job=lambda wc: STUDY.items_job(wc.setting, wc.split).arguments,
    shell:
        "python -m scripts.build_items {params.job} --families {input.families} --frames {input.frames}"
        " --scenes {input.scenes} --out {output} 2>&1 | tee {log}"


rule checks:
    input:
        questions="data/items/{split}/{variant}/{setting}.jsonl",
        frames=frames_of_items,
    output:
        "data/items/{split}/{variant}/{setting}.checks.json",
    log:
        "logs/checks/{split}/{variant}/{setting}.log",
    conda:
        "../envs/spacenum.yaml"
    params:
        job=lambda wc: STUDY.checks_job(wc.setting, wc.split, wc.variant).arguments,
    shell:
        "python -m scripts.check_items {params.job} --items {input.questions} --frames {input.frames}"
        " --out {output} 2>&1 | tee {log}"


rule train_items:
    input:
        expand("data/items/train/base/{setting}.checks.json", setting=SETTINGS),
        "results/tables/train_coverage.csv",
