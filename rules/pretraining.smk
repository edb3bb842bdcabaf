TRAININGS = STUDY.pretraining
TRAINED = "results/pretraining/{training}"


rule pretrain:
    input:
        questions=lambda wc: f"data/recipes/{TRAININGS.all[wc.training].recipe}.jsonl",
        frames=lambda wc: TRAININGS.frames(wc.training, "frames.jsonl"),
        families=lambda wc: TRAININGS.frames(wc.training, "families.jsonl"),
    output:
        steps=f"{TRAINED}/training.csv",
        checkpoint=expand(f"{TRAINED}/checkpoint/{{file}}", file=CHECKPOINT_FILES, allow_missing=True),
    log:
        "logs/pretraining/{training}.log",
    wildcard_constraints:
        training="|".join(TRAININGS.all) or "none",
    conda:
        "../envs/transformers.yaml"
    threads: lambda wc: 1 if TRAININGS.needs(wc.training).gpus else workflow.cores
    resources:
        gpu=lambda wc: TRAININGS.needs(wc.training).gpus,
        mem_mb=lambda wc: TRAININGS.needs(wc.training).memory_mb,
        runtime=lambda wc: TRAININGS.needs(wc.training).minutes,
    params:
        job=lambda wc: TRAININGS.job(wc.training).arguments,
        on_gpus=lambda wc, resources: on_gpus(TRAININGS.needs(wc.training)),
        checkpoint=lambda wc, output: Path(output.checkpoint[0]).parent,
    # glibc keeps a step's memory for the next one: else up to half of a long run went into asking the system for it
    shell:
        "MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=100000000000 MALLOC_TOP_PAD_=268435456"
        " OMP_NUM_THREADS={threads} {params.on_gpus}python -m scripts.pretrain {params.job} --items {input.questions} --frames {input.frames}"
        " --families {input.families} --checkpoint {params.checkpoint} --out {output.steps} 2>&1 | tee {log}"


rule shipped_checkpoint:
    input:
        lambda wc: TRAININGS.shipped_files(wc.training),
    output:
        expand(f"{TRAINED}/checkpoint/{{file}}", file=CHECKPOINT_FILES, allow_missing=True),
    log:
        "logs/pretraining/{training}.log",
    wildcard_constraints:
        training="|".join(TRAININGS.shipped) or "none",
    conda:
        "../envs/spacenum.yaml"
    params:
        job=lambda wc: TRAININGS.shipped_job(wc.training).arguments,
        folder=lambda wc, output: Path(output[0]).parent,
    shell:
        "python -m scripts.unpack_checkpoint {params.job} --files {input} --out {params.folder} 2>&1 | tee {log}"


rule pretraining_table:
    input:
        [f"results/pretraining/{name}/training.csv" for name in TRAININGS.all],
    output:
        shown_in_report("results/tables/pretraining.csv", "pretraining"),
    log:
        "logs/tables/pretraining.log",
    conda:
        "../envs/spacenum.yaml"
    params:
        job=TRAININGS.table_job().arguments,
        caption=caption_of_table("pretraining"),
    shell:
        "python -m scripts.make_pretraining_table {params.job} --curves {input} --out {output} 2>&1 | tee {log}"
