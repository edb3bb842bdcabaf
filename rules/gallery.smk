ANSWERS = of_models("answers", "jsonl")


rule gallery:
    output:
        "results/gallery/index.html",
        "results/gallery/items.js",
    input:
        questions=expand("data/items/benchmark/base/{setting}.jsonl", setting=SETTINGS),
        answers=[path for _, path in ANSWERS],
    params:
        job=STUDY.gallery_job().arguments,
        answers=[f"{model}={path}" for model, path in ANSWERS],
    log:
        "logs/gallery.log",
    conda:
        "../envs/spacenum.yaml"
    shell:
        "python {SCRIPTS}/build_gallery.py {params.job} --items {input.questions} --answers {params.answers}"
        " --out {output[0]} 2>&1 | tee {log}"
