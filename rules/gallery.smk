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
        variants=[],
        variant_answers=[],
    shell:
        "python -m scripts.build_gallery {params.job} --items {input.questions} --answers {params.answers}"
        " --variants {params.variants} --variant-answers {params.variant_answers}"
        " --out {output.page} 2>&1 | tee {log}"


use rule gallery as gallery_with_variants with:
    input:
        questions=expand("data/items/benchmark/base/{setting}.jsonl", setting=SETTINGS),
        answers=[path for _, path in ANSWERS],
        variants=[path for _, path in STUDY.experiments.items()],
        variant_answers=[path for _, path in STUDY.experiments.answers()],
    output:
        page="results/gallery_with_variants/index.html",
        data="results/gallery_with_variants/items.js",
        cells=directory("results/gallery_with_variants/variants"),
    log:
        "logs/gallery_with_variants.log",
    params:
        job=STUDY.gallery_job(with_variants=True).arguments,
        answers=[f"{model}={path}" for model, path in ANSWERS],
        variants=[f"{name}={path}" for name, path in STUDY.experiments.items()],
        variant_answers=[f"{name}={path}" for name, path in STUDY.experiments.answers()],
