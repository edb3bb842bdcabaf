rule items:
    input:
        families=lambda wc: STUDY.collection.shard_files("families", wc.setting, wc.split),
        shard_frames=lambda wc: STUDY.collection.shard_files("frames", wc.setting, wc.split),
        scenes=lambda wc: STUDY.collection.scene_files(wc.setting, wc.split) if wc.setting == "layout" else [],
    output:
        items_file=paths.ITEMS.items_file,
        frames=paths.ITEMS.frames,  # of all shards, for jobs of which there are many
        meta=paths.ITEMS.meta,
    log:
        "logs/items/{split}/base/{setting}.log",
    wildcard_constraints:
        split=pattern(STUDY.collection.made_splits),
    conda:
        "../envs/spacenum.yaml"
    params:
        job=lambda wc: LAUNCHER.job(STUDY.collection.items(wc.setting, wc.split)),
    shell:
        "python -m scripts.build_items {output.items_file:q} 2>&1 | tee {log:q}"


rule checks:
    input:
        items_file=paths.VARIANT.items_file,
        frames=lambda wc: STUDY.collection.frames_of_items(wc.setting, wc.split, wc.variant),
        carried=lambda wc: known_by_others(STUDY.collection.images(wc.setting, wc.split, wc.variant)),
    output:
        checks=paths.CHECKS.checks,
        meta=paths.CHECKS.meta,
    log:
        "logs/checks/{split}/{variant}/{setting}.log",
    wildcard_constraints:
        split=pattern(STUDY.collection.made_splits),
    conda:
        "../envs/spacenum.yaml"
    params:
        job=lambda wc: LAUNCHER.job(STUDY.collection.checks(wc.setting, wc.split, wc.variant)),
    shell:
        "python -m scripts.check_items {output.checks:q} 2>&1 | tee {log:q}"
