rule rerender:
    input:
        pack=STUDY.collection.pack_files(),
        scenes=paths.SCENES.scenes,
        base_frames=paths.FRAMES.frames,
        families=paths.FRAMES.families,
        carried=known_by_others(STUDY.collection.pack_models()),
    output:
        frames=paths.RERENDER.frames,
        images=directory(paths.RERENDER.images),
        meta=paths.RERENDER.meta,
    log:
        "logs/frames/{setting}/{variant}/{shard}.log",
    wildcard_constraints:
        variant=pattern(name for name, kind in PLAN.variants.items() if kind.scene),
    conda:
        f"../envs/{STUDY.collection.environment('layout')}.yaml"  # no function, so that --containerize knows it
    threads: lambda wc: STUDY.collection.resources(wc.setting).threads
    resources:
        gpu=lambda wc: STUDY.collection.resources(wc.setting).gpus,
        mem_mb=lambda wc, attempt: attempt * STUDY.collection.resources(wc.setting).memory_mb,
        runtime=lambda wc: STUDY.collection.resources(wc.setting).minutes,
    params:
        job=lambda wc: LAUNCHER.job(STUDY.collection.rerender(wc.setting, wc.variant)),
        gpus=lambda wc, resources: STUDY.collection.resources(wc.setting).gpus,
    shell:
        "python -m scripts.on_gpus {params.gpus:q} scripts.rerender_frames {output.frames:q} 2>&1 | tee {log:q}"


rule variant:
    input:
        base=paths.ITEMS.items_file,
        checks=paths.CHECKS.checks.replace("{variant}", "base"),
        base_frames=paths.ITEMS.frames,
        rendered=lambda wc: STUDY.collection.rerendered_files(wc.setting, wc.split, wc.variant),
        carried=lambda wc: known_by_others(
            [
                *STUDY.collection.images(wc.setting, wc.split),
                *STUDY.collection.rerendered_files(wc.setting, wc.split, wc.variant, "images"),
            ]
        ),
    output:
        items_file=paths.VARIANT.items_file,
        frames=paths.VARIANT.frames,
        images=directory(paths.VARIANT.images),
        meta=paths.VARIANT.meta,
    log:
        "logs/items/{split}/{variant}/{setting}.log",
    wildcard_constraints:
        split=pattern(STUDY.collection.made_splits),
        variant=pattern(PLAN.variants),
    conda:
        "../envs/spacenum.yaml"
    params:
        job=lambda wc: LAUNCHER.job(STUDY.collection.variant(wc.setting, wc.variant)),
    shell:
        "python -m scripts.build_variant {output.items_file:q} 2>&1 | tee {log:q}"


rule variant_table:
    input:
        base=lambda wc: files(STUDY.answering.of_variant(paths.SCORES, wc.variant, "base")),
        changed=lambda wc: files(STUDY.answering.of_variant(paths.SCORES, wc.variant)),
    output:
        table=shown_in_report(paths.VARIANT_TABLE.table, "{variant}"),
        meta=paths.VARIANT_TABLE.meta,
    log:
        "logs/tables/{variant}.log",
    wildcard_constraints:
        variant=pattern(PLAN.paired_variants),
    conda:
        "../envs/spacenum.yaml"
    params:
        job=lambda wc: LAUNCHER.job(STUDY.tables.variant_table(wc.variant)),
        caption=lambda wc: caption_of_table(wc.variant),
    shell:
        "python -m scripts.make_variant_table {output.table:q} 2>&1 | tee {log:q}"


for NAME, EXPERIMENT in STUDY.tables.paired.items():

    rule:
        name:
            paths.paired_rule(NAME).name
        input:
            base=files(STUDY.tables.pair(NAME)[0]),
            changed=files(STUDY.tables.pair(NAME)[1]),
        output:
            table=shown_in_report(paths.paired_rule(NAME).table, NAME),
            meta=paths.paired_rule(NAME).meta,
        log:
            f"logs/tables/{NAME}.log",
        localrule: True
        conda:
            "../envs/spacenum.yaml"
        params:
            job=LAUNCHER.job(STUDY.tables.paired_table(NAME)),
            caption=caption_of_table(NAME),
        shell:
            "python -m scripts.make_paired_table {output.table:q} 2>&1 | tee {log:q}"
