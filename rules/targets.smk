rule train_items:
    input:
        [paths.CHECKS.of(split="train", variant="base", setting=setting) for setting in SETTINGS],
        paths.TRAIN_COVERAGE.of(),


rule tables_and_figures:
    input:
        rules.all.input,
        [paths.table_file(table) for table in STUDY.table_names()],
        STUDY.traces.targets(),
        paths.GALLERY_WITH_VARIANTS.of() if PLAN.paired_variants else [],
        paths.CLAIMS.of(),
        [paths.FIGURE.of("png", figure=figure) for figure in STUDY.figures.names()],
        [paths.COMPARED_FIGURE.of("png", figure=figure) for figure in STUDY.figures.compared()],


rule paper:
    input:
        rules.tables_and_figures.input,
        [] if LAUNCHER.stored else paths.REPORT.of(),
        paths.PAPER_PDF.of(),
        paths.SITE_WITH_EXPERIMENTS.of(),
