rule figure:
    input:
        tables=lambda wc: STUDY.figures.files(wc.figure),
    output:
        csv=paths.FIGURE.csv,
        pdf=figure_in_report(paths.FIGURE.pdf, "PDF"),
        png=figure_in_report(paths.FIGURE.png, "picture"),
        meta=paths.FIGURE.meta,
    log:
        "logs/figures/{figure}.log",
    wildcard_constraints:
        figure=pattern(STUDY.figures.names()),
    conda:
        "../envs/spacenum.yaml"
    params:
        job=lambda wc: LAUNCHER.job(STUDY.figures.figure(wc.figure)),
        caption=lambda wc: caption_of_figure(wc.figure),
    shell:
        "python -m scripts.draw_figure {output.csv:q} 2>&1 | tee {log:q}"


use rule figure as published_figure with:
    input:
        tables=[],
    output:
        **paths.PUBLISHED_FIGURE.declared,
    log:
        "logs/figures/published/{figure}.log",
    wildcard_constraints:
        figure=pattern(STUDY.figures.published()),
    params:
        job=lambda wc: LAUNCHER.job(STUDY.figures.published_figure(wc.figure)),


use rule figure as compared_figure with:
    output:
        csv=paths.COMPARED_FIGURE.csv,
        pdf=paths.COMPARED_FIGURE.pdf,
        png=figure_in_report(paths.COMPARED_FIGURE.png, "picture", "Beside the published numbers"),
        meta=paths.COMPARED_FIGURE.meta,
    log:
        "logs/figures/compare/{figure}.log",
    wildcard_constraints:
        figure=pattern(STUDY.figures.compared()),
    params:
        job=lambda wc: LAUNCHER.job(STUDY.figures.compared_figure(wc.figure)),
        caption=lambda wc: caption_of_figure(wc.figure),


rule teaser:
    input:
        transition=paths.ITEMS.of(split="benchmark", setting="transition"),
        layout=paths.ITEMS.of(split="benchmark", setting="layout"),
        carried=images_of("base"),
    output:
        **paths.TEASER.declared,
    log:
        "logs/figures/teaser.log",
    conda:
        "../envs/spacenum.yaml"
    params:
        job=LAUNCHER.job(STUDY.figures.teaser()),
    shell:
        "python -m scripts.draw_teaser {output.csv:q} 2>&1 | tee {log:q}"
