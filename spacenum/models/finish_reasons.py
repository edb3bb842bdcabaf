"""What an engine's finish reason means for a reply: the one place for every engine that says one.

Engines that say none (``transformers``, ``ovis``) end a reply at a token that ends it, or at its limit, and at nothing
else.
"""

from __future__ import annotations

import re
from typing import Any, Literal

Ending = Literal["finished", "cut", "filtered", "failed"]
"""finished: as the model ended it. cut: at the limit of its tokens. filtered: withheld, so that the reply is empty.
failed: the generation broke off, so that what there is of it is no reply."""
CONTEXT_FULL = "model_context_window_exceeded"
"""Prompt and reply filled the model's context. No cut: it came before the limit that is part of a reply's key, so that
it can't stand for a reply that was given all of its tokens; and asking once more hardly helps."""
_NO_REASON = {"", "null", "none"}
_FINISHED = {
    *("stop", "stopped", "stop_sequence", "stop_sequences", "stop_token", "stop_tokens", "stop_str", "stop_string"),
    *("eos", "eos_token", "eos_token_id", "eos_found", "eot", "end", "ended", "end_turn", "end_of_turn"),
    *("end_of_text", "end_of_sequence", "end_of_sentence", "end_of_stream", "endoftext", "word", "normal", "natural"),
    *("complete", "completed", "completion", "done", "finish", "finished", "success", "succeeded", "ok"),
}
_CUT = {
    *("length", "length_limit", "length_limit_reached", "limit", "limit_reached", "max_len", "max_length"),
    *("model_length", "max_model_length", "max_token", "max_tokens", "max_tokens_reached", "max_tokens_exceeded"),
    *("max_new_tokens", "max_output_tokens", "max_completion_tokens", "max_generated_tokens", "max_generation_tokens"),
    *("token_limit", "token_limit_reached", "tokens_limit", "output_token_limit", "output_tokens_limit"),
    *("output_limit", "output_length", "length_capped", "truncated", "truncation", "too_long"),
}
_CONTEXT = re.compile(
    r"(model_)?(max_)?(context|context_window|context_length|prompt)(_(length|limit))?_?(exceeded|full)?"
)
_FILTERED = re.compile(
    r"content_?filter|(^|_)filter(ed)?$|(^|_)filtered_|sensitiv|safety|recitation|prohibited|block_?list|refusal|refuse|"
    r"guard_?rail|moderat|censor|toxic|policy_violation|content_policy|usage_polic|usage_guideline|data_inspection_fail|"
    r"risk_detect|high_risk|content_audit|audit_fail|security_hit|unsafe|(^|_)harm|inappropriate|infring|jailbreak|"
    r"(^|_)spii($|_)|(^|_)csam($|_)|nsfw|"
    r"(prompt|content|input|output|request|response|generation)_blocked|^blocked$"
)
_FILTER_BROKEN = re.compile(r"filter(s|ing)?_(error|failed|failure|unavailable|timeout)")


def ending_of(reason: Any) -> Ending:
    """The ending that an engine's finish reason names: a word, in any spelling that engines use for it, an object with
    its ``type`` (SGLang), or nothing, which many servers say of a finished reply. What isn't known has failed."""
    word = reason_word(reason)
    if word in _NO_REASON | _FINISHED:
        return "finished"
    if word in _CUT:
        return "cut"
    return "filtered" if names_filter(word) else "failed"


def context_full(reason: Any) -> bool:
    """Whether a finish reason says that the model's context was full (``CONTEXT_FULL``)."""
    return bool(_CONTEXT.fullmatch(reason_word(reason)))


def reason_word(reason: Any) -> str:
    """A finish reason in small letters and underscores, without the name of its type: "FinishReason.MAX_TOKENS" and
    "maxTokens" are "max_tokens"; "" for none."""
    if isinstance(reason, dict):
        reason = next((reason[key] for key in ("type", "reason", "finish_reason") if reason.get(key)), "unnamed")
    if reason is None:
        return ""
    return re.sub(r"^(finish_reason|stop_reason|reason|stop_type)_(?=.)", "", in_words(str(reason).rpartition(".")[2]))


def in_words(name: str) -> str:
    """A name in small letters and underscores, however it was written: camel case, hyphens, spaces, dots."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", apart.lower()).strip("_")


def names_filter(word: str) -> bool:
    """Whether a finish reason or an error's code, as ``in_words`` writes it, says that a filter withheld the content;
    not if it says that the filter itself failed."""
    return bool(_FILTERED.search(word)) and not _FILTER_BROKEN.search(word)
