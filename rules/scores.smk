rule scores:
    input:
        items_file=paths.VARIANT.items_file.replace("{split}", "benchmark"),
        answers=paths.ANSWERS.answers,
    output:
        scores=paths.SCORES.scores,
        meta=paths.SCORES.meta,
    log:
        "logs/scores/{model}/{mode}/{variant}/{setting}.log",
    wildcard_constraints:
        setting=ANY_SETTING,
    conda:
        "../envs/spacenum.yaml"
    params:
        job=lambda wc: LAUNCHER.job(STUDY.answering.scores(wc.mode)),
    shell:
        "python -m scripts.score_answers {output.scores:q} 2>&1 | tee {log:q}"
