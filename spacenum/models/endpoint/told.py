"""What an endpoint's answer says of an error, in whichever of the usual forms it says it, whatever the status is."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from spacenum.models.finish_reasons import in_words, names_filter

LONGEST_MESSAGE = 300
DEEPEST = 6
"""Errors within errors (Azure's ``innererror``, the ``raw`` answer of OpenRouter's provider) that are looked into."""
_CODES = (
    "code",
    "Code",
    "type",
    "error_type",
    "error_code",
    "err_code",
    "status",
    "status_code",
    "reason",
    "block_reason",
    "ret",
)
_MESSAGES = (
    "message",
    "msg",
    "detail",
    "error_msg",
    "error_message",
    "status_msg",
    "errmsg",
    "err",
    "Message",
    "title",
)
_INSIDE = (
    "error",
    "Error",
    "Response",
    "errors",
    "innererror",
    "inner_error",
    "details",
    "metadata",
    "raw",
    "base_resp",
    "cause",
)
_WELL = (0, "0", 200, "200", "success", "Success", "ok", "OK")
"""What stands in the place of a code where nothing went wrong."""
_FILTER_CODES = {"1301", "1026", "1027", "10013", "10014", "invalid_prompt", "prompt_blocked", "flagged"}
"""Zhipu's, MiniMax's and iFlytek's numbers, and words that don't name a filter but mean one."""
_FILTER_MESSAGE = re.compile(
    r"inappropriate content|sensitive (content|words?)|content (management|filter|policy|policies|safety)|"
    r"violat\w+ (of )?([\w'’]+ )?(usage|content|safety|use)|(input|prompt|request|content|response) (was|has "
    r"been|is|were) (flagged|blocked|filtered)|flagged (as|for|by)|safety (system|filter|setting|check|polic)|"
    r"SAFETY_CHECK|considered (too )?high risk|prohibited content|content moderation|content exists risk|"
    r"(content|messages?|input|prompt)\S* (is|was|are|were) unsafe|unsafe content|terms of use|"
    r"guardrail|new_sensitive|prompt injection|jailbreak|敏感|不安全|违规|不当内容",
    re.IGNORECASE,
)
_OF_ACCOUNT = re.compile(r"\b(account|organi[sz]ation|api.key|subscription|project)\b", re.IGNORECASE)
_SPENT = re.compile(
    r"insufficient_(user_|account_)?(quota|balance|credit|fund)|(^|_)billing_|arrear|exceeded_current_quota|out_of_credit|"
    r"payment_required|spending_limit|credit_balance|no_credit|^1113$"
)
_BUSY = re.compile(
    r"rate_?limit|rate_quota|throttl|too_many|overload|busy|concurren|capacity|exhausted|try_again|timed?_?out|timeout|"
    r"unavailable|temporar|upstream|network|bad_gateway|(^|_)(internal|server|internal_server|provider|api)_error$|^130[2-5]$"
)
_KINDS = (
    (401, re.compile(r"unauthor|authentic|api_?key|token_(expired|invalid)|invalid_token|^100[0-4]$")),
    (403, re.compile(r"permission|denied|forbidden|suspended|deactivated|account_|^11(1[0-2]|2[01])$|^1220$")),
    (404, re.compile(r"not_?(found|exist)|unknown_model|no_such_model|^1211$")),
    (413, re.compile(r"context_(length|window)|too_(large|long|big)|max_tokens_exceeded|string_above_max|^1261$")),
    (400, re.compile(r"invalid|unsupported|not_supported|bad_?request|malformed|missing_|unprocessable|^12[12][0-9]$")),
)
"""Statuses that codes stand for, where an error comes with a status that says nothing (2xx)."""
_ESCAPE = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[@-_])")
"""What moves a terminal's cursor, or changes its colours or title."""
_PLAIN = re.compile(r"api_key|does_not_exist|unauthor|not_supported|unsupported|insufficient|no_credit")
"""Words of a message without a word for a code that say that nothing will change."""


@dataclass(frozen=True)
class Told:
    """message: on one line, without the key. codes: all that name the error, as ``in_words`` writes them, the outermost
    first. moderated: whether it has what only a moderation adds (OpenRouter's ``flagged_input``, Azure's and Zhipu's
    lists of filters)."""

    message: str
    codes: tuple[str, ...]
    moderated: bool = False

    @property
    def filtered(self) -> bool:
        """Whether a filter didn't let the question or its reply through."""
        if self.moderated or any(code in _FILTER_CODES or names_filter(code) for code in self.codes):
            return True
        elsewhere = _OF_ACCOUNT.search(self.message) or _BUSY.search(in_words(self.message))
        return bool(_FILTER_MESSAGE.search(self.message)) and not elsewhere

    @property
    def spent(self) -> bool:
        """Whether the account has nothing left to pay with."""
        return any(_SPENT.search(code) for code in self.codes)

    @property
    def of_account(self) -> bool:
        """Whether it is about who asks, not about what is asked."""
        words = [*self.codes, in_words(self.message)]
        return bool(_OF_ACCOUNT.search(self.message)) or any(named.search(w) for _, named in _KINDS[:2] for w in words)

    @property
    def status(self) -> int:
        """The status that the error would have if it came with one; 503 if it may pass, or isn't known."""
        numbers = [int(code) for code in self.codes if re.fullmatch("[345][0-9][0-9]", code)]
        if numbers:
            return numbers[0]
        message, words = in_words(self.message), list(self.codes)
        if all(code.isdigit() for code in words) and (_PLAIN.search(message) or _BUSY.search(message)):
            words.append(message)  # numbers mean one thing here and another there
        if any(_SPENT.search(word) for word in words):
            return 402
        if any(_BUSY.search(word) for word in words):
            return 503
        return next((status for status, named in _KINDS if any(named.search(word) for word in words)), 503)

    @property
    def reason(self) -> str:
        """Code and message, as far as there are any, for sentences."""
        named = [code for code in self.codes if not code.isdigit()] or list(self.codes)
        code = next((code for code in named if names_filter(code) or code in _FILTER_CODES), next(iter(named), ""))
        return ": ".join(part for part in (code, self.message) if part) or "no reason given"


def error_in(body: Any) -> Any:
    """What a body with a status of success has of an error in the place of a completion, or beside one; None if
    nothing: an ``error`` of its own or of its choice, MiniMax's ``base_resp``, or codes where choices should be."""
    if not isinstance(body, dict):
        return None
    choices = body.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    choice = first if isinstance(first, dict) else {}
    message = choice.get("message")
    inner = message.get("error") if isinstance(message, dict) else None
    response = body.get("Response")  # Tencent's
    candidates = [body.get("error"), body.get("errors"), choice.get("error"), inner, body.get("base_resp")]
    candidates.append(response.get("Error") if isinstance(response, dict) else None)
    if body.get("success") is False or body.get("status") in ("failed", "error"):
        candidates.append({"code": "failed", **{key: body.get(key) for key in _MESSAGES}})
    if not choices:
        candidates.append({key: body.get(key) for key in ("code", "error_code", "err_code", *_MESSAGES)})
    return next((error for error in candidates if _is_error(error)), None)


def _is_error(error: Any) -> bool:
    """Whether something stands there, and not only that nothing went wrong ("code": 0)."""
    if isinstance(error, dict):
        codes = [error.get(key) for key in _CODES if error.get(key) not in (None, "", *_WELL)]
        return bool(codes) or any(error.get(key) not in (None, "", *_WELL) for key in (*_MESSAGES, *_INSIDE))
    return error.strip() != "" if isinstance(error, str) else bool(error)


def told_in(body: Any, secret: str | None) -> Told:
    """What the body of an error says; ``secret`` is cut out of it."""
    error = body.get("error", body) if isinstance(body, dict) else body
    pieces = list(_pieces(body, 0))
    said = list(dict.fromkeys(found for piece in pieces for found in _messages(piece)))[:2]
    text = printable(f"{said[0]} ({said[1]})" if len(said) > 1 else said[0] if said else str(error))
    for value in (secret, secret and json.dumps(secret)[1:-1]):
        text = text.replace(value, "…") if value else text
    codes = [in_words(code) for piece in pieces for code in _values(piece, _CODES)]
    return Told(
        text[:LONGEST_MESSAGE] if error else "",
        tuple(dict.fromkeys(code for code in codes if code and code not in ("error", "null", "none", "0"))),
        any(map(_moderated, pieces)),
    )


def printable(text: str) -> str:
    """A text of an endpoint on one line, without what a terminal would obey."""
    shown = _ESCAPE.sub("", text)
    return " ".join("".join(c if c.isprintable() else " " for c in shown).split())


def _pieces(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    """The objects that describe an error, from the outside in."""
    if isinstance(value, str) and depth and value.lstrip().startswith("{"):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return
    if isinstance(value, list) and depth < DEEPEST:
        for each in value[:DEEPEST]:
            yield from _pieces(each, depth + 1)
    if isinstance(value, dict):
        yield value
        for key in _INSIDE if depth < DEEPEST else ():
            yield from _pieces(value.get(key), depth + 1)


def _values(piece: dict[str, Any], keys: tuple[str, ...]) -> Iterator[str]:
    for key in keys:
        value = piece.get(key)
        named = isinstance(value, str) and " " not in value  # a sentence is no code
        if named or (isinstance(value, int) and not isinstance(value, bool)):
            yield str(value)


def _messages(piece: dict[str, Any]) -> Iterator[str]:
    """Texts; an error that is a text itself comes first."""
    for key in ("error", *_MESSAGES):
        value = piece.get(key)
        if isinstance(value, str) and value.strip() and not value.lstrip().startswith("{"):
            yield value


def _moderated(piece: dict[str, Any]) -> bool:
    reasons = piece.get("reasons")
    if piece.get("flagged_input") or piece.get("contentFilter") or (isinstance(reasons, list) and reasons):
        return True
    results = piece.get("content_filter_result") or piece.get("content_filter_results")
    found = results.values() if isinstance(results, dict) else ()
    return any(isinstance(each, dict) and each.get("filtered") for each in found)


def seconds(text: str | None) -> float | None:
    """A number of seconds, or None: what isn't finite and above 0 says nothing of when to come back."""
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) and value > 0 else None
