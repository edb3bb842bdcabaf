rule figure:
    input:
        lambda wc: [f"results/tables/{table}.csv" for table in STUDY.figures.tables(wc.figure)],
    output:
        csv="results/figures/{figure}.csv",
        pdf=report(
            "results/figures/{figure}.pdf",
            caption="../report/caption.rst",
            category="Figures",
            subcategory="This study",
            labels={"figure": "{figure}", "as": "PDF"},
        ),
        png=report(
            "results/figures/{figure}.png",
            caption="../report/caption.rst",
            category="Figures",
            subcategory="This study",
            labels={"figure": "{figure}", "as": "picture"},
        ),
    log:
        "logs/figures/{figure}.log",
    wildcard_constraints:
        figure="|".join(STUDY.figures.names()),
    conda:
        "../envs/spacenum.yaml"
    params:
        job=lambda wc: STUDY.figures.job(wc.figure).arguments,
        caption=lambda wc: caption_of(wc.figure),
    shell:
        "python -m scripts.draw_figure {params.job} --tables {input} --out {output.csv} 2>&1 | tee {log}"


rule published_figure:
    output:
        multiext("results/figures/published/{figure}", csv=".csv", pdf=".pdf", png=".png"),
    log:
        "logs/figures/published/{figure}.log",
    wildcard_constraints:
        figure="|".join(STUDY.figures.published()),
    conda:
        "../envs/spacenum.yaml"
    params:
        job=lambda wc: STUDY.figures.published_job(wc.figure).arguments,
    shell:
        "python -m scripts.draw_figure {params.job} --published --out {output.csv} 2>&1 | tee {log}"


rule compared_figure:
    input:
        lambda wc: [f"results/tables/{table}.csv" for table in STUDY.figures.tables(wc.figure)],
    output:
        csv="results/figures/compare/{figure}.csv",
        pdf="results/figures/compare/{figure}.pdf",
        png=report(
            "results/figures/compare/{figure}.png",
            caption="../report/caption.rst",
            category="Figures",
            subcategory="Beside the published numbers",
            labels={"figure": "{figure}", "as": "picture"},
        ),
    log:
        "logs/figures/compare/{figure}.log",
    wildcard_constraints:
        figure="|".join(STUDY.figures.compared()),
    conda:
        "../envs/spacenum.yaml"
    params:
        job=lambda wc: STUDY.figures.compared_job(wc.figure).arguments,
        caption=lambda wc: caption_of(wc.figure),
    shell:
        "python -m scripts.draw_figure {params.job} --tables {input} --published --out {output.csv} 2>&1 | tee {log}"


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
        job=STUDY.figures.teaser_job().arguments,
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
