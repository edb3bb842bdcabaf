rule scores:
    output:
        "results/scores/{model}/{mode}/base/{setting}.csv",
    input:
        questions="data/items/benchmark/base/{setting}.jsonl",
        answers="results/answers/{model}/{mode}/base/{setting}.jsonl",
    params:
        job=STUDY.scores_job().arguments,
    log:
        "logs/scores/{model}/{mode}/base/{setting}.log",
    conda:
        "../envs/spacenum.yaml"
    shell:
        "python {SCRIPTS}/score_answers.py {params.job} --items {input.questions} --answers {input.answers}"
        " --out {output} 2>&1 | tee {log}"
