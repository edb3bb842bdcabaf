rule report:
    input:
        shown=rules.tables_and_figures.input,
    output:
        report=paths.REPORT.report,
        meta=paths.REPORT.meta,
    log:
        "logs/report.log",
    conda:
        "../envs/spacenum.yaml"
    params:
        job=LAUNCHER.job(STUDY.pages.report()),
    shell:
        "python -m scripts.make_report {output.report:q} 2>&1 | tee {log:q}"


rule paper_pdf:
    input:
        main_table=paths.MAIN_TABLE.of("csv"),
        main_table_md=paths.MAIN_TABLE.of("md"),
        claims=paths.CLAIMS.of("csv"),
        tables=files(STUDY.paper.tables()),
        figures=files(STUDY.paper.figures()),
        frames=files(STUDY.paper.frames()),
        answers=files(STUDY.paper.answers()),
        checks=files(STUDY.paper.checks()),
        carried=known_by_others(STUDY.paper.metas()),
    output:
        pdf=paths.PAPER_PDF.pdf,
        meta=paths.PAPER_PDF.meta,
    log:
        "logs/paper_pdf.log",
    conda:
        "../envs/spacenum.yaml"
    params:
        job=LAUNCHER.job(STUDY.paper.job()),
    shell:
        "python -m scripts.typeset_paper {output.pdf:q} 2>&1 | tee {log:q}"
