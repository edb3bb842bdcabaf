rule report:
    input:
        shown=rules.tables_and_figures.input,
    output:
        report=paths.REPORT.report,
    log:
        "logs/report.log",
    conda:
        "../envs/spacenum.yaml"
    params:
        job=LAUNCHER.job(STUDY.pages.report()),
    shell:
        "python -m scripts.make_report {output.report:q} 2>&1 | tee {log:q}"
