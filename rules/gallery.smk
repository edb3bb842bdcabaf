rule gallery:
    input:
        items_file=[paths.ITEMS.of(split="benchmark", setting=setting) for setting in SETTINGS],
        answers=files(STUDY.pages.answers()),
        variants=[],
        variant_answers=[],
    output:
        page=paths.GALLERY.page,
        index=paths.GALLERY.index,
        data=directory(paths.GALLERY.data),
        meta=paths.GALLERY.meta,
    log:
        "logs/gallery.log",
    conda:
        "../envs/spacenum.yaml"
    params:
        job=LAUNCHER.job(STUDY.pages.gallery()),
    shell:
        "python -m scripts.build_gallery {output.page:q} 2>&1 | tee {log:q}"


use rule gallery as gallery_with_variants with:
    input:
        items_file=[paths.ITEMS.of(split="benchmark", setting=setting) for setting in SETTINGS],
        answers=files(STUDY.pages.answers()),
        variants=files(STUDY.pages.variants()),
        variant_answers=files(STUDY.pages.variant_answers()),
    output:
        page=paths.GALLERY_WITH_VARIANTS.page,
        index=paths.GALLERY_WITH_VARIANTS.index,
        data=directory(paths.GALLERY_WITH_VARIANTS.data),
        beside=directory(paths.GALLERY_WITH_VARIANTS.beside),
        meta=paths.GALLERY_WITH_VARIANTS.meta,
    log:
        "logs/gallery_with_variants.log",
    params:
        job=LAUNCHER.job(STUDY.pages.gallery(with_variants=True)),
