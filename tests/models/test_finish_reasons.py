"""What finish reasons of engines mean."""

from __future__ import annotations

import pytest

from spacenum.models.finish_reasons import context_full, ending_of

FINISHED = [
    *(None, "", "null", "none", "stop", "STOP", "FinishReason.STOP", "FINISH_REASON_STOP", "eos", "eos_token", "EOS"),
    *(
        "end_turn",
        "endTurn",
        "END_TURN",
        "stop_sequence",
        "stopSequence",
        "COMPLETE",
        "completed",
        "word",
        "stop-token",
    ),
    {"type": "stop", "matched": 151645},
]
CUT = [
    *("length", "LENGTH", "MAX_TOKENS", "max_tokens", "maxTokens", "max-tokens", "FINISH_REASON_MAX_TOKENS"),
    *("model_length", "max_output_tokens", "max_new_tokens", "max_completion_tokens", "max_length", "token_limit"),
    *("limit", "REASON_MAX_LEN", "token_limit_reached", {"type": "length", "length": 32}),
]
FILTERED = [
    *("content_filter", "content-filter", "contentFilter", "CONTENT_FILTER", "content_filtered", "ContentFiltered"),
    *("sensitive", "safety", "SAFETY", "RECITATION", "PROHIBITED_CONTENT", "BLOCKLIST", "SPII", "IMAGE_SAFETY"),
    *("IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION", "FinishReason.SAFETY", "refusal", "refused", "ERROR_TOXIC"),
    *("guardrail_intervened", "guardrails", "moderation", "content_moderated", "safety_filter", "policy_violation"),
]
FAILED = [
    *(
        "error",
        "abort",
        "aborted",
        "network_error",
        "repetition",
        "cancelled",
        "timeout",
        "TIMEOUT",
        "OTHER",
        "LANGUAGE",
    ),
    *("model_context_window_exceeded", "insufficient_system_resource", "MALFORMED_FUNCTION_CALL", "tool_calls"),
    *("function_call", "pause_turn", "unknown", "finish_reason_unspecified", "content_filter_error", "ERROR_LIMIT"),
    *({"type": "abort", "message": "no memory"}, {"kind": "?"}, 3),
]


@pytest.mark.parametrize(
    ("reason", "ending"),
    [
        (reason, ending)
        for ending, reasons in (("finished", FINISHED), ("cut", CUT), ("filtered", FILTERED), ("failed", FAILED))
        for reason in reasons
    ],
)
def test_endings(reason, ending):
    assert ending_of(reason) == ending


@pytest.mark.parametrize("reason", ["model_context_window_exceeded", "context_length_exceeded", "REASON_MAX_CONTEXT"])
def test_a_full_context_is_no_cut_at_our_limit(reason):
    assert ending_of(reason) == "failed" and context_full(reason)
    assert not any(map(context_full, [*FINISHED, *CUT, *FILTERED, "error"]))
