"""What a model's file says of an endpoint, and what the machine says of how to use it."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator, model_validator

from spacenum.asking.settings import ModelConfig
from spacenum.core.blocks import Block, KeyedBlock
from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import first_problem

B = TypeVar("B", bound=Block)
VARIABLE = r"^[A-Za-z_][A-Za-z0-9_]*$"
OURS = {
    *("model", "messages", "temperature", "top_p", "top_k", "seed", "n", "stream", "logprobs", "top_logprobs"),
    *("max_tokens", "max_completion_tokens", "stop", "user", "repetition_penalty", "presence_penalty"),
}
"""Fields of a request that follow from question and decoding; no file may set them."""


class Prices(Block):
    """What an endpoint charges, in US dollars for a million tokens."""

    prompt: float = Field(ge=0)
    reply: float = Field(ge=0)


class RequestOptions(KeyedBlock):
    """How questions are put to this endpoint. All of it changes replies, so all of it is part of a reply's identity.

    max_tokens_field: newer hosted models know only max_completion_tokens. top_logprobs: how many the endpoint gives for
    a token; 0 if it gives none, and letter log-probabilities can't be asked for. top_k, repetition_penalty: not part of
    the OpenAI protocol, so a file must say whether they are sent (vLLM and others take them) or left out; only asked of
    decodings that have one. leave_out: fields that the endpoint refuses. extra_body: sent with each request;
    reasoning_body and direct_body with those that may, and may not, think first. opens_think: whether the server's chat
    template opens ``<think>`` where the model may think, and no reasoning parser of the server takes thoughts out of
    replies: these then lack the tag.
    """

    LATER: ClassVar[frozenset[str]] = frozenset({"repetition_penalty", "opens_think"})

    max_tokens_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    top_logprobs: int = Field(0, ge=0, le=20)
    top_k: Literal["send", "leave_out"] | None = None
    repetition_penalty: Literal["send", "leave_out"] | None = None
    leave_out: tuple[Literal["temperature", "top_p", "seed", "presence_penalty"], ...] = ()
    image_detail: Literal["low", "high", "auto"] | None = None
    extra_body: dict[str, Any] = Field({})
    reasoning_body: dict[str, Any] = Field({})
    direct_body: dict[str, Any] = Field({})
    opens_think: bool = False

    @field_validator("extra_body", "reasoning_body", "direct_body")
    @classmethod
    def _not_ours(cls, body: dict[str, Any]) -> dict[str, Any]:
        if taken := sorted(OURS & body.keys()):
            raise ValueError(f"{', '.join(taken)} can't be set here; it follows from the question and the mode")
        return body


class EndpointOptions(RequestOptions):
    """``options`` of the backend ``openai``.

    base_url: the address up to and including /v1; or base_url_env, a variable that holds it, for servers whose address
    changes. key_env: the variable that holds the key; none for servers without. prices and spend_cap (US dollars):
    docs/endpoints.md. image_tokens: about what an image costs, for limits and estimates before the endpoint has told.
    """

    base_url: str | None = None
    base_url_env: str | None = Field(None, pattern=VARIABLE)
    key_env: str | None = Field(None, pattern=VARIABLE)
    prices: Prices | None = None
    spend_cap: float | None = Field(None, gt=0)
    image_tokens: int = Field(1000, ge=1)

    @model_validator(mode="after")
    def _one_address(self) -> EndpointOptions:
        if (self.base_url is None) == (self.base_url_env is None):
            raise ValueError("give base_url, or base_url_env, and not both")
        if self.base_url is not None:
            check_address(self.base_url)
        return self

    def request_options(self) -> RequestOptions:
        """The part that shapes requests."""
        return RequestOptions(**{name: getattr(self, name) for name in RequestOptions.model_fields})


class EndpointMachine(Block):
    """How this machine and account may use an endpoint: variables ``SPACENUM_ENDPOINT_<NAME>``; limits hold per job.

    timeout_s: for one reply. patience_s: how long one question is tried again while the endpoint is busy or failing.
    first_s, longest_s: the first and the longest pause between two tries, doubled in between.
    """

    concurrency: int = Field(4, ge=1, le=1024)
    requests_per_minute: float | None = Field(None, gt=0)
    tokens_per_minute: float | None = Field(None, gt=0)
    timeout_s: float = Field(300, gt=0)
    patience_s: float = Field(900, gt=0)
    first_s: float = Field(1, gt=0)
    longest_s: float = Field(60, gt=0)


def check_address(url: str) -> str:
    """ValueError unless ``url`` is a plain http(s) address without user, password or
    query, where secrets might stand."""
    try:
        parts = urlsplit(url)
        plain = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        plain = False
    if not plain or parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError(
            "the address must look like https://host/v1, with no user, password or query (a key goes into key_env)"
        )
    return url


def parse_options(config: ModelConfig, kind: type[B]) -> B:
    """``config.options`` as the block of its backend; SpaceNumError says which key is wrong, and which there are."""
    try:
        return kind.model_validate(config.options)
    except ValidationError as error:
        unknown = [str(e["loc"][0]) for e in error.errors() if e["type"] == "extra_forbidden" and len(e["loc"]) == 1]
        problem = (
            f"no such key: '{unknown[0]}'; there are {', '.join(kind.model_fields)}"
            if unknown
            else first_problem(error).removeprefix("the whole entry: ").split(" (got {")[0]
        )
        raise SpaceNumError(
            f"the model's file for checkpoint '{config.checkpoint}', options of backend '{config.backend}': {problem}"
        ) from None


def need_checkpoint(config: ModelConfig) -> str:
    """The checkpoint's name; SpaceNumError if the file has none."""
    if not config.checkpoint:
        raise SpaceNumError(
            f"a model's file with backend '{config.backend}' has no 'checkpoint'; give the model's name there"
        )
    return config.checkpoint
