rule site:
    input:
        items_file=[paths.ITEMS.of(split="benchmark", setting=setting) for setting in SETTINGS],
        answers=files(STUDY.pages.answers()),
        variants=[],
        variant_answers=[],
        scores=files(STUDY.tables.scores(PLAN.mode)),
        teaser=paths.TEASER.png,
        figures=files(STUDY.site.figure_files(experiments=False)),
        beside=files(STUDY.site.compared_files(experiments=False)),
        tables=files(STUDY.site.table_files(experiments=False)),
        claims=paths.CLAIMS_OF_BASE.csv,
        claim_items=paths.CLAIMS_OF_BASE.carried_by,
        pack=STUDY.collection.pack_files(),
        carried=[*images_of("base"), *known_by_others(STUDY.collection.pack_models())],
    output:
        page=paths.SITE.page,
        gallery=directory(paths.SITE.gallery),
        images=directory(paths.SITE.images),
        downloads=directory(paths.SITE.downloads),
        meta=paths.SITE.meta,
    log:
        "logs/site.log",
    conda:
        "../envs/spacenum.yaml"
    params:
        job=LAUNCHER.job(STUDY.site.job()),
    shell:
        "python -m scripts.build_site {output.page:q} 2>&1 | tee {log:q}"


use rule site as site_with_experiments with:
    input:
        items_file=[paths.ITEMS.of(split="benchmark", setting=setting) for setting in SETTINGS],
        answers=files(STUDY.pages.answers()),
        variants=files(STUDY.pages.variants()),
        variant_answers=files(STUDY.pages.variant_answers()),
        scores=files(STUDY.tables.scores(PLAN.mode)),
        teaser=paths.TEASER.png,
        figures=files(STUDY.site.figure_files(experiments=True)),
        beside=files(STUDY.site.compared_files(experiments=True)),
        tables=files(STUDY.site.table_files(experiments=True)),
        claims=paths.CLAIMS.csv,
        claim_items=paths.CLAIMS.carried_by,
        pack=STUDY.collection.pack_files(),
        carried=[*images_of("base", *PLAN.paired_variants), *known_by_others(STUDY.collection.pack_models())],
    output:
        page=paths.SITE_WITH_EXPERIMENTS.page,
        gallery=directory(paths.SITE_WITH_EXPERIMENTS.gallery),
        images=directory(paths.SITE_WITH_EXPERIMENTS.images),
        downloads=directory(paths.SITE_WITH_EXPERIMENTS.downloads),
        meta=paths.SITE_WITH_EXPERIMENTS.meta,
    log:
        "logs/site_with_experiments.log",
    params:
        job=LAUNCHER.job(STUDY.site.job(experiments=True)),
