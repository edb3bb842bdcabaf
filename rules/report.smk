rule report:
    input:
        rules.tables_and_figures.input,
    output:
        "results/report.zip",
    log:
        "logs/report.log",
    conda:
        "../envs/spacenum.yaml"
    params:
        config=shlex.quote(json.dumps(config)),
        workflow=workflow.main_snakefile,
    shell:
        "python -m scripts.make_report --workflow {params.workflow} --config {params.config} --out {output} 2>&1 | tee {log}"
