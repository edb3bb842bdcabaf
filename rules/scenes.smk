rule scenes:
    input:
        pack=STUDY.collection.pack_files(),
    output:
        scenes=paths.SCENES.scenes,
    log:
        "logs/scenes/{setting}/{shard}.log",
    conda:
        "../envs/spacenum.yaml"
    params:
        job=lambda wc: LAUNCHER.job(STUDY.collection.scenes(wc.setting, wc.shard)),
    shell:
        "python -m scripts.build_scenes {output[0]:q} 2>&1 | tee {log:q}"


rule sweethome3d:
    output:
        manifest=paths.SWEETHOME3D.manifest,
        attribution=paths.SWEETHOME3D.attribution,
        models=directory(paths.SWEETHOME3D.models),
    log:
        "logs/packs/sweethome3d.log",
    conda:
        "../envs/spacenum.yaml"
    params:
        code=STUDY.collection.pack_code("sweethome3d"),  # an edited selection fetches anew
        folder=subpath(output.manifest, parent=True),
    shell:
        "python -m scripts.fetch_sweethome3d --out {params.folder:q} 2>&1 | tee {log:q}"


rule blenderkit:
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
    output:
        sheet=paths.CONTACT_SHEET.sheet,
    log:
        "logs/contact_sheets/{sheet}.log",
    wildcard_constraints:
        sheet="objects|rooms",
    conda:
        "../envs/blender.yaml"
    params:
        job=lambda wc: LAUNCHER.job(STUDY.collection.contact_sheet(wc.sheet)),
    shell:
        "python -m scripts.render_contact_sheet {output[0]:q} 2>&1 | tee {log:q}"
