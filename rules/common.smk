from paper_figures.catalogue import figure
from paper_figures.notes import caption
from spacenum.core.provenance import meta_path
from spacenum.asking.settings import ADAPTER_FILES, CHECKPOINT_FILES
from spacenum.items.schema import SETTINGS
from spacenum.models.imported import imported
from spacenum.models.person import sheets
from spacenum.scenes.assets.manifest import packs
from spacenum.study.paths import ANY_SETTING, pattern
from spacenum.study.plan import SPLITS
from spacenum.study.tuned import EXPERIMENTS
from spacenum.tables.captions import caption as table_caption


def files(named):
    """The files of (name, file) pairs."""
    return [path for _, path in named]


def known_by_others(paths):
    """Files and folders that a job opens by what other inputs say: these hold their hashes, so that they alone count.
    Where all lie in the study's folder they needn't be told of, and planning a large study takes a quarter less."""
    return [ancient(path) for path in paths] if LAUNCHER.stored else []


def metas(outputs):
    """Their meta files."""
    return [str(meta_path(Path(output))) for output in outputs]


def images_of(*variants):
    """The images that the benchmark's items of these variants show, of both settings."""
    shown = (folder for name in variants for setting in SETTINGS for folder in STUDY.images(setting, name))
    return known_by_others(dict.fromkeys(shown))


def self_test_items(wc):
    """Items that a model is tested on before its answers are accepted: of another benchmark, that benchmark's."""
    variant = wc.variant if wc.setting == "external" else "base"
    return paths.CHECKS.of(split="benchmark", variant=variant, setting=wc.setting).replace(".checks.json", ".jsonl")


def answers_job(wc):
    if wc.variant in STUDY.external.asked:
        return STUDY.external.answers(wc.model, wc.variant)
    if is_part(wc):
        return STUDY.answering.answers_part(wc.model, wc.mode, wc.setting, wc.part)
    return STUDY.answering.answers(wc.model, wc.mode)


def is_part(wc):
    return "part" in wc.keys()


def part_files(wc):
    """The parts of a model's answers; none if one job asks all, or of a part."""
    return [] if is_part(wc) else STUDY.answering.part_files(wc.model, wc.mode, wc.variant, wc.setting)


def answers_needs(wc):
    return STUDY.answering.resources(wc.model, merges=bool(part_files(wc)))


def caption_of_figure(name):
    return caption(figure(name), STUDY.tables.params(PLAN.mode))


def caption_of_table(name, mode=PLAN.mode, told=None):
    changes = PLAN.variants[name].changes if name in PLAN.variants else None
    return table_caption(name, told or STUDY.tables.params(mode), changes)


def shown_in_report(path, name, mode=PLAN.mode):
    """An output that is a table of the report; ``name`` and ``mode`` may be wildcards.
    The rule's params have its caption."""
    return report(path, caption="../report/caption.rst", category="Tables", labels={"table": name, "mode": mode})


def figure_in_report(path, shown_as, subcategory="This study"):
    """An output that is a figure of the report."""
    return report(
        path,
        caption="../report/caption.rst",
        category="Figures",
        subcategory=subcategory,
        labels={"figure": "{figure}", "as": shown_as},
    )
