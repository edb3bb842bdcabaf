rule scores:
    input:
        questions="data/items/benchmark/{variant}/{setting}.jsonl",
        answers="results/answers/{model}/{mode}/{variant}/{setting}.jsonl",
    output:
        "results/scores/{model}/{mode}/{variant}/{setting}.csv",
    log:
        "logs/scores/{model}/{mode}/{variant}/{setting}.log",
    wildcard_constraints:
        setting=ANY_SETTING,
    conda:
        "../envs/spacenum.yaml"
    params:
        job=lambda wc: STUDY.scores_job(wc.mode).arguments,
    shell:
        "python -m scripts.score_answers {params.job} --items {input.questions} --answers {input.answers}"
        " --out {output} 2>&1 | tee {log}"
