rule release:
    input:
        items_file=files(STUDY.release.items()),
        checks=STUDY.release.checks(),
        pack=STUDY.collection.pack_files(),
        carried=[*images_of(*dict(STUDY.release.items())), *known_by_others(STUDY.collection.pack_models())],
    output:
        sums=paths.RELEASE.sums,
        card=paths.RELEASE.card,
        metadata=paths.RELEASE.metadata,
        data=directory(paths.RELEASE.data),
        meta=paths.RELEASE.meta,
    log:
        "logs/release.log",
    conda:
        "../envs/external.yaml"
    params:
        job=LAUNCHER.job(STUDY.release.job()),
    shell:
        "python -m scripts.make_release {output.sums:q} 2>&1 | tee {log:q}"
