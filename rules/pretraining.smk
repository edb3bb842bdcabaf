rule pretrain:
    input:
        items_file=lambda wc: paths.RECIPE.of(recipe=STUDY.pretraining.all[wc.training].recipe),
        frames=lambda wc: STUDY.pretraining.files(wc.training, "frames"),
        families=lambda wc: STUDY.pretraining.files(wc.training, "families"),
        carried=lambda wc: known_by_others(STUDY.pretraining.files(wc.training, "images")),
    output:
        steps=paths.PRETRAIN.steps,
        checkpoint=paths.PRETRAIN.checkpoint,
        meta=paths.PRETRAIN.meta,
    log:
        "logs/pretraining/{training}.log",
    wildcard_constraints:
        training=pattern(STUDY.pretraining.all),
    conda:
        "../envs/transformers.yaml"
    threads: lambda wc: LAUNCHER.threads(STUDY.pretraining.resources(wc.training))
    resources:
        gpu=lambda wc: STUDY.pretraining.resources(wc.training).gpus,
        mem_mb=lambda wc, attempt: attempt * STUDY.pretraining.resources(wc.training).memory_mb,
        runtime=lambda wc: STUDY.pretraining.resources(wc.training).minutes,
    params:
        job=lambda wc: LAUNCHER.job(STUDY.pretraining.pretrain(wc.training)),
        gpus=lambda wc, resources: STUDY.pretraining.resources(wc.training).gpus,
    # glibc keeps a step's memory for the next one: else up to half of a long run went into asking the system for it
    shell:
        "MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=100000000000 MALLOC_TOP_PAD_=268435456 OMP_NUM_THREADS={threads:q}"
        " python -m scripts.on_gpus {params.gpus:q} scripts.pretrain {output.steps:q} 2>&1 | tee {log:q}"


# No inputs: the files of the project are known by their checksums, wherever the checkout stands.
rule shipped_checkpoint:
    output:
        checkpoint=paths.SHIPPED_CHECKPOINT.checkpoint,
        meta=paths.SHIPPED_CHECKPOINT.meta,
    log:
        "logs/pretraining/{training}.log",
    wildcard_constraints:
        training=pattern(STUDY.pretraining.shipped),
    conda:
        "../envs/spacenum.yaml"
    params:
        job=lambda wc: LAUNCHER.job(STUDY.pretraining.shipped_checkpoint(wc.training)),
    shell:
        "python -m scripts.unpack_checkpoint {output.checkpoint[0]:q} 2>&1 | tee {log:q}"


rule pretraining_table:
    input:
        curves=STUDY.pretraining.curves(),
    output:
        table=shown_in_report(paths.PRETRAINING_TABLE.table, "pretraining"),
        meta=paths.PRETRAINING_TABLE.meta,
    log:
        "logs/tables/pretraining.log",
    conda:
        "../envs/spacenum.yaml"
    params:
        job=LAUNCHER.job(STUDY.pretraining.table()),
        caption=caption_of_table("pretraining"),
    shell:
        "python -m scripts.make_pretraining_table {output.table:q} 2>&1 | tee {log:q}"
