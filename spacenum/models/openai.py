"""Any OpenAI-compatible endpoint: hosted models, a vLLM server, ``transformers serve``.

Written on httpx and tenacity rather than the ``openai`` package: one kind of request is all that is needed, and every
try has to pass the rate limits and leave the key out of what it says, which that package's own retries don't.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping

from pydantic import SecretStr

from spacenum.asking.base import Context
from spacenum.asking.settings import ModelConfig
from spacenum.core.errors import SpaceNumError
from spacenum.core.machine import from_environment
from spacenum.models.endpoint.chat_model import EndpointModel
from spacenum.models.endpoint.client import Address, Client
from spacenum.models.endpoint.messages import Messages
from spacenum.models.endpoint.settings import (
    EndpointMachine,
    EndpointOptions,
    check_address,
    need_checkpoint,
    parse_options,
)
from spacenum.models.endpoint.spend import Estimate, Ledger, SpendMachine


def check(config: ModelConfig) -> None:
    """SpaceNumError if the options of the model's file aren't this backend's."""
    parse_options(config, EndpointOptions)


def load(config: ModelConfig, context: Context) -> EndpointModel:
    """The endpoint that the model's file names. Nothing is asked yet; the key's variable must be set, though."""
    options = parse_options(config, EndpointOptions)
    checkpoint = need_checkpoint(config)
    if config.reasoning == "template" and not (options.reasoning_body and options.direct_body):
        raise SpaceNumError(
            f"the model's file for checkpoint '{checkpoint}' has reasoning: template, but doesn't say how: give "
            "options.reasoning_body and options.direct_body, the fields that make this endpoint's model think or not"
        )
    return EndpointModel(
        client=Client(address_of(options, os.environ), checkpoint, machine_of(os.environ)),
        messages=Messages(context.root, config.pixel_budget, options.image_detail),
        options=options.request_options(),
        identity=identity_of(config, options),
        ledger=Ledger(
            context.root / "logs/spend", checkpoint, options.prices, caps_of(options, checkpoint, os.environ)
        ),
        estimate=Estimate(options.image_tokens),
        opened={thinks: "<think>" * (options.opens_think and config.thinks(thinks)) for thinks in (False, True)},
    )


def machine_of(environment: Mapping[str, str]) -> EndpointMachine:
    """How this machine may use endpoints."""
    return from_environment(EndpointMachine, "SPACENUM_ENDPOINT_", environment)


def address_of(options: EndpointOptions, environment: Mapping[str, str]) -> Address:
    """Where to ask; SpaceNumError if a variable that the file names is not set, or holds no address."""
    url = options.base_url or _variable(options.base_url_env or "", "base_url_env", environment)
    try:
        check_address(url)
    except ValueError as error:
        raise SpaceNumError(f"environment variable {options.base_url_env}: {error}") from None
    key = _variable(options.key_env, "key_env", environment).strip() if options.key_env else None
    if key and not (key.isascii() and key.isprintable()):
        raise SpaceNumError(f"environment variable {options.key_env}: holds characters that no key has")
    return Address(url, SecretStr(key) if key else None, options.key_env)


def _variable(name: str, key: str, environment: Mapping[str, str]) -> str:
    if not environment.get(name, "").strip():
        raise SpaceNumError(
            f"environment variable {name} is not set, and the model's file names it under options.{key}; "
            f"run `export {name}=…` first"
        )
    return environment[name]


def caps_of(
    options: EndpointOptions, checkpoint: str, environment: Mapping[str, str]
) -> list[tuple[str, float, str | None]]:
    """The caps that hold, each with the checkpoint that it is about (None: all)."""
    caps: list[tuple[str, float, str | None]] = []
    if options.spend_cap is not None:
        caps.append(("options.spend_cap", options.spend_cap, checkpoint))
    overall = from_environment(SpendMachine, "SPACENUM_", environment).spend_cap
    if overall is not None and (options.prices or options.key_env):  # a server without a key is one's own
        caps.append(("SPACENUM_SPEND_CAP", overall, None))
    return caps


def identity_of(config: ModelConfig, options: EndpointOptions) -> dict[str, str]:
    """What determines a reply: not the key, the limits or the prices, nor an address that
    only the environment knows."""
    return {
        "backend": "openai",
        "endpoint": options.base_url or "",
        "checkpoint": config.checkpoint or "",
        "revision": config.revision or "",
        "pixel_budget": str(config.pixel_budget or ""),
        "request": json.dumps(options.request_options().model_dump(mode="json"), sort_keys=True),
    }
