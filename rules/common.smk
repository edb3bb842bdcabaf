ANY_SETTING = "transition|layout|external"


def shard_files(name):
    """An input function: one file of every frames shard of a setting and split."""
    return lambda wc: [f"data/frames/{wc.setting}/base/{shard}/{name}" for shard in STUDY.shards(wc.setting, wc.split)]


def scene_files(wc):
    return [f"data/scenes/{wc.setting}/{shard}.jsonl" for shard in STUDY.shards(wc.setting, wc.split)]


def frames_of_items(wc):
    """The frames that items show: the base shards', or those that a variant's pictures are described by."""
    if wc.setting == "external":
        return []
    if wc.variant == "base":
        return [
            f"data/frames/{wc.setting}/base/{shard}/frames.jsonl"
            for shard in STUDY.shards(wc.setting, wc.get("split", "benchmark"))
        ]
    return [f"data/items/{wc.get('split', 'benchmark')}/{wc.variant}/{wc.setting}.frames.jsonl"]


def self_test_items(wc):
    """Items that a model is tested on before its answers are accepted: of another benchmark, that benchmark's."""
    return f"data/items/benchmark/{wc.variant if wc.setting == 'external' else 'base'}/{wc.setting}.jsonl"


def answers_job(wc):
    if wc.variant in STUDY.external.asked:
        return STUDY.external.answers_job(wc.model, wc.variant)
    return STUDY.answers_job(wc.model, wc.mode)


def of_models(folder, suffix, mode=STUDY.config.modes[0]):
    """(model, file) for every model and setting that it can answer in a mode; the tables' mode is the first."""
    return [
        (model, f"results/{folder}/{model}/{mode}/base/{setting}.{suffix}")
        for model in STUDY.models
        for setting in SETTINGS
        if model in STUDY.models_for(setting, mode)
    ]


def on_gpus(needs):
    """How a job's command begins: with what gives it the GPUs that it needs, however few Snakemake has, or shows it none.

    Rules call it from params that also take ``resources``, which Snakemake therefore leaves out when it compares
    parameters: how many GPUs a job takes reruns nothing.
    """
    if not needs.gpus:
        return "SPACENUM_GPUS=0 CUDA_VISIBLE_DEVICES= "
    return f"SPACENUM_GPUS={needs.gpus} python -m scripts.on_gpus {needs.gpus} "


SCORES = of_models("scores", "csv")
ANSWERS = of_models("answers", "jsonl")
LETTERS, REASONED = STUDY.experiments.reasoning_scores()


def caption_of(name):
    return caption(figure(name), STUDY.tables_params(STUDY.config.modes[0]))


def caption_of_table(name, mode=STUDY.config.modes[0]):
    variants = STUDY.experiments.variants
    changes = variants[name].changes if name in variants else None
    return table_caption(name, STUDY.tables_params(mode), changes)


def shown_in_report(path, name, mode=STUDY.config.modes[0]):
    """An output that is a table of the report; ``name`` and ``mode`` may be wildcards. The rule's params have its caption."""
    return report(path, caption="../report/caption.rst", category="Tables", labels={"table": name, "mode": mode})
