def shard_files(name):
    """An input function: one file of every frames shard of a setting and split."""
    return lambda wc: [
        f"data/frames/{wc.setting}/base/{shard}/{name}" for shard in STUDY.shards(wc.setting, wc.split)
    ]


def scene_files(wc):
    return [f"data/scenes/{wc.setting}/{shard}.jsonl" for shard in STUDY.shards(wc.setting, wc.split)]


rule items:
    output:
        "data/items/{split}/base/{setting}.jsonl",
    input:
        families=shard_files("families.jsonl"),
        frames=shard_files("frames.jsonl"),
        scenes=lambda wc: scene_files(wc) if wc.setting == "layout" else [],
    params:
        job=lambda wc: STUDY.items_job(wc.setting, wc.split).arguments,
    log:
        "logs/items/{split}/base/{setting}.log",
    conda:
        "../envs/spacenum.yaml"
    shell:
        "python {SCRIPTS}/build_items.py {params.job} --families {input.families} --frames {input.frames}"
        " --scenes {input.scenes} --out {output} 2>&1 | tee {log}"


rule checks:
    output:
        "data/items/{split}/base/{setting}.checks.json",
    input:
        questions="data/items/{split}/base/{setting}.jsonl",
        frames=shard_files("frames.jsonl"),
    params:
        job=lambda wc: STUDY.checks_job(wc.setting, wc.split).arguments,
    log:
        "logs/checks/{split}/base/{setting}.log",
    conda:
        "../envs/spacenum.yaml"
    shell:
        "python {SCRIPTS}/check_items.py {params.job} --items {input.questions} --frames {input.frames}"
        " --out {output} 2>&1 | tee {log}"


rule train_items:
    input:
        expand("data/items/train/base/{setting}.checks.json", setting=SETTINGS),
