rule main_figure:
    input:
        cells="results/tables/cells.csv",
        averages="results/tables/averages.csv",
    output:
        multiext("results/figures/main_table", csv=".csv", pdf=".pdf", png=".png"),
    log:
        "logs/figures/main_table.log",
    conda:
        "../envs/spacenum.yaml"
    params:
        job=STUDY.main_figure_job().arguments,
    shell:
        "python -m scripts.draw_main_figure {params.job} --cells {input.cells} --averages {input.averages}"
        " --out {output.csv} 2>&1 | tee {log}"


rule teaser:
    input:
        transition="data/items/benchmark/base/transition.jsonl",
        layout="data/items/benchmark/base/layout.jsonl",
    output:
        multiext("results/figures/teaser", csv=".csv", pdf=".pdf", png=".png"),
    log:
        "logs/figures/teaser.log",
    conda:
        "../envs/spacenum.yaml"
    params:
        job=STUDY.teaser_job().arguments,
    shell:
        "python -m scripts.draw_teaser {params.job} --transition {input.transition} --layout {input.layout}"
        " --out {output.csv} 2>&1 | tee {log}"


rule contact_sheet:
    input:
        STUDY.pack_files(),
    output:
        "results/contact_sheets/{sheet}.png",
    log:
        "logs/contact_sheets/{sheet}.log",
    wildcard_constraints:
        sheet="objects|rooms",
    conda:
        "../envs/blender.yaml"
    params:
        job=lambda wc: STUDY.contact_sheet_job(wc.sheet).arguments,
    shell:
        "python -m scripts.render_contact_sheet {params.job} --sheet {wildcards.sheet} --out {output} 2>&1 | tee {log}"
