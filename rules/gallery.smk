rule gallery:
    input:
        questions=expand("data/items/benchmark/base/{setting}.jsonl", setting=SETTINGS),
        answers=[path for _, path in ANSWERS],
    output:
        page="results/gallery/index.html",
        data="results/gallery/items.js",
    log:
        "logs/gallery.log",
    conda:
        "../envs/spacenum.yaml"
    params:
        job=STUDY.gallery_job().arguments,
        answers=[f"{model}={path}" for model, path in ANSWERS],
    shell:
        "python -m scripts.build_gallery {params.job} --items {input.questions} --answers {params.answers}"
        " --out {output.page} 2>&1 | tee {log}"
