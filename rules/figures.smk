rule main_figure:
    output:
        multiext("results/figures/main_table", ".csv", ".pdf", ".png"),
    input:
        cells="results/tables/cells.csv",
        averages="results/tables/averages.csv",
    params:
        job=STUDY.main_figure_job().arguments,
    log:
        "logs/figures/main_table.log",
    conda:
        "../envs/spacenum.yaml"
    shell:
        "python {SCRIPTS}/draw_main_figure.py {params.job} --cells {input.cells} --averages {input.averages}"
        " --out {output[0]} 2>&1 | tee {log}"


rule contact_sheet:
    output:
        "results/contact_sheets/{sheet}.png",
    input:
        STUDY.pack_files(),
    params:
        job=lambda wc: STUDY.contact_sheet_job(wc.sheet).arguments,
    wildcard_constraints:
        sheet="objects|rooms",
    log:
        "logs/contact_sheets/{sheet}.log",
    conda:
        "../envs/blender.yaml"
    shell:
        "python {SCRIPTS}/render_contact_sheet.py {params.job} --sheet {wildcards.sheet} --out {output} 2>&1 | tee {log}"
