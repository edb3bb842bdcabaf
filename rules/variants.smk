RERENDERED = [name for name, kind in STUDY.experiments.variants.items() if kind.scene]


rule rerender:
    input:
        pack=STUDY.pack_files(),
        scenes="data/scenes/{setting}/{shard}.jsonl",
        frames="data/frames/{setting}/base/{shard}/frames.jsonl",
        families="data/frames/{setting}/base/{shard}/families.jsonl",
    output:
        frames="data/frames/{setting}/{variant}/{shard}/frames.jsonl",
        images=directory("data/frames/{setting}/{variant}/{shard}/images"),
    log:
        "logs/frames/{setting}/{variant}/{shard}.log",
    wildcard_constraints:
        variant="|".join(RERENDERED) or "none",
    conda:
        lambda wc: f"../envs/{STUDY.environment(STUDY.config.simulators[wc.setting])}.yaml"
    resources:
        gpu=lambda wc: STUDY.frames_needs(wc.setting).gpus,
        mem_mb=lambda wc: STUDY.frames_needs(wc.setting).memory_mb,
        runtime=lambda wc: STUDY.frames_needs(wc.setting).minutes,
    params:
        job=lambda wc: STUDY.experiments.rerender_job(wc.setting, wc.variant).arguments,
        base=lambda wc, input: Path(input.frames).parent,
        folder=lambda wc, output: Path(output.frames).parent,
        on_gpus=lambda wc, resources: on_gpus(STUDY.frames_needs(wc.setting)),
    shell:
        "{params.on_gpus}python -m scripts.rerender_frames {params.job} --scenes {input.scenes} --base {params.base}"
        " --out {params.folder} 2>&1 | tee {log}"


rule variant:
    input:
        questions="data/items/{split}/base/{setting}.jsonl",
        checks="data/items/{split}/base/{setting}.checks.json",
        frames=shard_files("frames.jsonl"),
        rendered=lambda wc: [
            f"data/frames/{wc.setting}/{wc.variant}/{shard}/frames.jsonl"
            for shard in STUDY.shards(wc.setting, wc.split)
            if wc.variant in RERENDERED
        ],
    output:
        changed="data/items/{split}/{variant}/{setting}.jsonl",
        frames="data/items/{split}/{variant}/{setting}.frames.jsonl",
        images=directory("data/items/{split}/{variant}/{setting}.images"),
    log:
        "logs/items/{split}/{variant}/{setting}.log",
    wildcard_constraints:
        variant="|".join(STUDY.experiments.variants) or "none",
    conda:
        "../envs/spacenum.yaml"
    params:
        job=lambda wc: STUDY.experiments.variant_job(wc.setting, wc.variant).arguments,
    shell:
        "python -m scripts.build_variant {params.job} --items {input.questions} --frames {input.frames}"
        " --rendered {input.rendered} --out {output.changed} 2>&1 | tee {log}"


rule variant_table:
    input:
        base=lambda wc: [path for _, path in STUDY.experiments.scores(wc.variant, "base")],
        variant=lambda wc: [path for _, path in STUDY.experiments.scores(wc.variant)],
    output:
        shown_in_report("results/tables/{variant}.csv", "{variant}"),
    log:
        "logs/tables/{variant}.log",
    wildcard_constraints:
        variant="|".join(STUDY.experiments.variants) or "none",
    conda:
        "../envs/spacenum.yaml"
    params:
        job=lambda wc: STUDY.experiments.variant_table_job().arguments,
        caption=lambda wc: caption_of_table(wc.variant),
        base=lambda wc: [f"{model}={path}" for model, path in STUDY.experiments.scores(wc.variant, "base")],
        variant=lambda wc: [f"{model}={path}" for model, path in STUDY.experiments.scores(wc.variant)],
    shell:
        "python -m scripts.make_variant_table {params.job} --base {params.base} --variant {params.variant}"
        " --out {output} 2>&1 | tee {log}"


rule asymmetry:
    input:
        [path for _, path in SCORES],
    output:
        shown_in_report("results/tables/asymmetry.csv", "asymmetry"),
    log:
        "logs/tables/asymmetry.log",
    conda:
        "../envs/spacenum.yaml"
    params:
        job=STUDY.experiments.asymmetry_job().arguments,
        caption=caption_of_table("asymmetry"),
        scores=[f"{model}={path}" for model, path in SCORES],
    shell:
        "python -m scripts.make_asymmetry_table {params.job} --scores {params.scores} --out {output} 2>&1 | tee {log}"


rule reasoning:
    input:
        letters=[path for _, path in LETTERS],
        reasoning=[path for _, path in REASONED],
    output:
        shown_in_report("results/tables/reasoning.csv", "reasoning"),
    log:
        "logs/tables/reasoning.log",
    conda:
        "../envs/spacenum.yaml"
    params:
        job=STUDY.experiments.reasoning_job().arguments,
        caption=caption_of_table("reasoning"),
        letters=[f"{model}={path}" for model, path in LETTERS],
        reasoning=[f"{model}={path}" for model, path in REASONED],
    shell:
        "python -m scripts.make_variant_table {params.job} --base {params.letters} --variant {params.reasoning}"
        " --out {output} 2>&1 | tee {log}"
