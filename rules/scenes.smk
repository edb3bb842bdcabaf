rule scenes:
    input:
        pack=STUDY.collection.pack_files(),
    output:
        scenes=paths.SCENES.scenes,
        meta=paths.SCENES.meta,
    log:
        "logs/scenes/{setting}/{shard}.log",
    conda:
        "../envs/spacenum.yaml"
    params:
        job=lambda wc: LAUNCHER.job(STUDY.collection.scenes(wc.setting, wc.shard)),
    shell:
        "python -m scripts.build_scenes {output.scenes:q} 2>&1 | tee {log:q}"


rule pack:
    output:
        manifest=paths.PACK.manifest,
        attribution=paths.PACK.attribution,
        models=directory(paths.PACK.models),
    log:
        "logs/packs/{pack}.log",
    wildcard_constraints:
        pack=pattern(name for name in packs() if name not in ("procedural", "blenderkit")),
    conda:
        "../envs/spacenum.yaml"
    params:
        code=lambda wc: STUDY.collection.pack_code(wc.pack),  # an edited selection fetches anew
        folder=subpath(output.manifest, parent=True),
    shell:
        "python -m scripts.fetch_{wildcards.pack:q} --out {params.folder:q} 2>&1 | tee {log:q}"


rule blenderkit:  # whose models Blender converts
    output:
        manifest=paths.BLENDERKIT.manifest,
        attribution=paths.BLENDERKIT.attribution,
        models=directory(paths.BLENDERKIT.models),
    log:
        "logs/packs/blenderkit.log",
    conda:
        "../envs/blender.yaml"
    params:
        code=STUDY.collection.pack_code("blenderkit", "spacenum.simulators.blender.normalising.convert"),
        folder=subpath(output.manifest, parent=True),
    shell:
        "python -m scripts.fetch_blenderkit --out {params.folder:q} 2>&1 | tee {log:q}"


rule contact_sheet:
    input:
        pack=STUDY.collection.pack_files(),
        carried=known_by_others(STUDY.collection.pack_models()),
    output:
        sheet=paths.CONTACT_SHEET.sheet,
        meta=paths.CONTACT_SHEET.meta,
    log:
        "logs/contact_sheets/{sheet}.log",
    wildcard_constraints:
        sheet="objects|rooms",
    conda:
        "../envs/blender.yaml"
    params:
        job=lambda wc: LAUNCHER.job(STUDY.collection.contact_sheet(wc.sheet)),
    shell:
        "python -m scripts.render_contact_sheet {output.sheet:q} 2>&1 | tee {log:q}"
