"""A checkpoint that vLLM serves while the job runs: an endpoint on this machine."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from spacenum.asking.chat import Capability, Decoding, Question, Reply
from spacenum.asking.thoughts import opened_by
from spacenum.core.errors import SpaceNumError
from spacenum.items.schema import LETTERS
from spacenum.models.endpoint.chat_model import EndpointModel
from spacenum.models.endpoint.client import Address, Client
from spacenum.models.endpoint.messages import Messages
from spacenum.models.endpoint.settings import EndpointMachine, RequestOptions
from spacenum.models.endpoint.spend import Estimate, Ledger
from spacenum.models.image_tokens import check_words
from spacenum.models.pixels import ImagePlan
from spacenum.models.vllm_engine.server import Server
from spacenum.models.vllm_engine.settings import VllmMachine, as_flags, template_variables, with_images

MOST_LOGPROBS = 20
ADAPTER = "adapter"
PLAIN = [{"role": "user", "content": "?"}]
"""Shows how the chat template opens the model's turn."""
PATIENCE_S = 60.0
"""A server of our own is never too busy: what fails for so long has failed."""


@dataclass
class ServedVllm:
    """Implements ``ChatModel``. The server starts at the first question, so that a job that needs none starts none.

    arguments: of the engine. images: how images are kept within their budget, asked for when the server starts.
    adapter: the LoRA's folder. thinking: the template's variable for it, if it has one. template: its other variables.
    budget: tokens after which a thought is ended. fits: throws if the adapter can't fit, before the server starts.
    image_tokens: what no question's words may hold. versions: of packages that replies may change with.
    """

    command: Sequence[str]
    checkpoint: str
    arguments: Mapping[str, JsonValue]
    images: Callable[[], ImagePlan]
    adapter: Path | None
    thinking: str | None
    identity: Mapping[str, str]
    machine: VllmMachine
    messages: Messages
    logs: Path
    template: Mapping[str, JsonValue] = field(default_factory=dict)
    budget: int | None = None
    fits: Callable[[], None] = lambda: None
    image_tokens: Callable[[], frozenset[str]] = frozenset
    versions: Mapping[str, str] = field(default_factory=dict)
    capabilities: frozenset[Capability] = frozenset({"generate", "letter_logprobs"})
    _server: Server | None = field(default=None, init=False)
    _model: EndpointModel | None = field(default=None, init=False)

    def reply(self, questions: Sequence[Question], decoding: Decoding) -> list[Reply]:
        """Replies in order; SpaceNumError if the server doesn't start, or ends before it has answered, or if the words
        of a question hold a token that stands for an image."""
        check_words(questions, self.image_tokens())
        model = self._model or self._start()
        try:
            return model.reply(questions, decoding)
        except SpaceNumError as error:
            died = self._server.died() if self._server else None
            if died is None:
                raise
            raise SpaceNumError(
                f"{died}; replies of finished batches are kept: mend that, and run the same command again"
            ) from error

    def rendered(self, question: Question, generation: bool) -> str:
        """The question as the server renders it; images are their placeholders."""
        check_words([question], self.image_tokens())
        self._model = self._model or self._start()
        assert self._server
        return self._rendered(self._server, self.messages.of(question), question.reasoning, generation)

    def template_variables(self, thinks: bool) -> dict[str, JsonValue]:
        """The chat template's variables for a question that may, or may not, think first."""
        return template_variables(self.template, self.thinking, thinks)

    def close(self) -> None:
        """Stop the server, if one was started."""
        if self._model:
            self._model.close()
        if self._server:
            self._server.close()
        self._model = self._server = None

    def serve_command(self, plan: ImagePlan) -> list[str]:
        """The command line, but for host and port."""
        given: dict[str, JsonValue] = {
            **with_images(self.arguments, plan.arguments),
            "logprobs_mode": "raw_logprobs",  # before penalties and temperature, of the whole vocabulary
            "max_logprobs": MOST_LOGPROBS,
            "served_model_name": self.checkpoint,
        }
        if self.adapter:
            given["lora_modules"] = f"{ADAPTER}={self.adapter.resolve()}"
        return [*self.command, "serve", self.checkpoint, *as_flags(given), *self.machine.words()]

    def _start(self) -> EndpointModel:
        log = self.logs / f"{self.checkpoint.replace('/', '--').strip('-')}-{os.getpid()}.log"
        name = ADAPTER if self.adapter else self.checkpoint
        self.fits()
        plan = self.images()
        self.messages.shrink_to(plan.shrink)
        self._server = server = Server(self.serve_command(plan), name, log, self.machine)
        try:
            server.wait()
            tokens = {letter: self._letter_tokens(server, letter) for letter in LETTERS}
            opened = {thinks: opened_by(self._rendered(server, PLAIN, thinks)) for thinks in (False, True)}
        except BaseException:
            self.close()
            raise
        self._model = EndpointModel(
            client=Client(
                Address(f"{server.url}/v1", server.key),
                name,
                self._endpoint_machine(),
                gone=lambda: bool(server.died()),
            ),
            messages=self.messages,
            options=self._request_options(),
            identity=self.identity,
            ledger=Ledger(self.logs, self.checkpoint, None, ()),
            estimate=Estimate(image_tokens=1000),
            letter_tokens=tokens,
            opened=opened,
        )
        return self._model

    def _rendered(self, server: Server, messages: Any, thinks: bool, generation: bool = True) -> str:
        return server.rendered(messages, generation, self.template_variables(thinks))

    def _letter_tokens(self, server: Server, letter: str) -> list[int]:
        """The tokens that are this letter alone, with and without a space before it."""
        spellings = [server.tokens(text) for text in (letter, f" {letter}")]
        return sorted({tokens[0] for tokens in spellings if len(tokens) == 1})

    def _endpoint_machine(self) -> EndpointMachine:
        machine = self.machine
        return EndpointMachine(
            concurrency=machine.concurrency, timeout_s=machine.timeout_s, patience_s=PATIENCE_S, longest_s=5
        )

    def _request_options(self) -> RequestOptions:
        def body(thinks: bool) -> dict[str, Any]:
            variables = self.template_variables(thinks)
            budget = {"thinking_token_budget": self.budget} if self.budget and thinks else {}
            return ({"chat_template_kwargs": variables} if variables else {}) | budget

        return RequestOptions(
            max_tokens_field="max_completion_tokens",
            top_logprobs=MOST_LOGPROBS,
            top_k="send",
            repetition_penalty="send",
            reasoning_body=body(True),
            direct_body=body(False),
        )
