"""A chat model at an address: many questions at once, replies in order."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from spacenum.asking.chat import Capability, Decoding, Keep, Question, Reply
from spacenum.core.errors import SpaceNumError
from spacenum.items.schema import Letter
from spacenum.models.endpoint.client import Client, Stopped
from spacenum.models.endpoint.messages import Messages
from spacenum.models.endpoint.settings import RequestOptions
from spacenum.models.endpoint.spend import Estimate, Ledger


@dataclass
class EndpointModel:
    """Implements ``ChatModel`` and ``AsksAtOnce``.

    letter_tokens: the tokens of each letter, if known and the server takes logprob_token_ids (vLLM): it then lists
    their log-probabilities, however unlikely they are. opened: the tag of thought with which the prompt of a question
    ends that may (True) and may not (False) think first, where the server leaves it out of replies.
    """

    client: Client
    messages: Messages
    options: RequestOptions
    identity: Mapping[str, str]
    ledger: Ledger
    estimate: Estimate
    letter_tokens: Mapping[Letter, Sequence[int]] = field(default_factory=dict)
    opened: Mapping[bool, str] = field(default_factory=dict)
    _runner: asyncio.Runner = field(default_factory=asyncio.Runner, init=False)
    _warned: bool = field(default=False, init=False)

    @property
    def capabilities(self) -> frozenset[Capability]:
        always: set[Capability] = {"generate", "independent"}
        return frozenset(always | {"letter_logprobs"} if self.options.top_logprobs else always)

    def reply(self, questions: Sequence[Question], decoding: Decoding) -> list[Reply]:
        """Replies in the questions' order. SpaceNumError if the endpoint can't be had,
        or a spend cap would be passed."""
        found: dict[int, Reply] = {}
        self.reply_each(questions, decoding, found.__setitem__)
        return [found[place] for place in range(len(questions))]

    def reply_each(
        self, questions: Sequence[Question], decoding: Decoding, keep: Keep, answered: Question | None = None
    ) -> None:
        """Each reply as soon as it is there. SpaceNumError as above, once what was under way is there too."""
        replies: list[Reply] = []

        def both(place: int, reply: Reply) -> None:
            keep(place, reply)
            replies.append(reply)

        self._check(decoding)
        self.ledger.admit(questions, decoding, self.estimate)
        if answered:
            self.client.takes(self.request(answered, decoding))
        try:
            self._runner.run(self._all(questions, decoding, both))
            self._warn_of_hidden_thoughts(replies, decoding)
        finally:
            self.messages.forget()

    def close(self) -> None:
        """Close the connections and say what was used."""
        self._runner.run(self.client.close())
        self._runner.close()
        if self.ledger.spent.replies:
            print(f"endpoint: {self.ledger.summary()}, {self.client.retries} retries", file=sys.stderr, flush=True)

    def _warn_of_hidden_thoughts(self, replies: Sequence[Reply], decoding: Decoding) -> None:
        """Say it once if replies were cut before a word was written: then thoughts that aren't shown took the limit."""
        silent = sum(1 for reply in replies if not reply.finished and not reply.text and reply.letter_logprobs is None)
        if silent and not self._warned:
            self._warned = True
            print(
                f"endpoint: {silent} of {len(replies)} replies of '{self.client.checkpoint}' were cut at "
                f"{decoding.max_new_tokens} tokens with nothing said: it seems to think unseen; raise 'max_new_tokens' "
                "in the model's file, or switch thinking off in 'options.direct_body'",
                file=sys.stderr,
                flush=True,
            )

    def request(self, question: Question, decoding: Decoding) -> dict[str, Any]:
        """The body of the request for one question."""
        options = self.options
        letters = decoding.name == "letter_logprobs"
        sampling = {"temperature": decoding.temperature, "top_p": decoding.top_p, "seed": question.seed}
        body: dict[str, Any] = {
            "model": self.client.checkpoint,
            "messages": self.messages.of(question),
            options.max_tokens_field: 1 if letters else decoding.max_new_tokens,
            **{name: value for name, value in sampling.items() if name not in options.leave_out},
        }
        if decoding.presence_penalty and "presence_penalty" not in options.leave_out:
            body["presence_penalty"] = decoding.presence_penalty
        body |= {name: value for name, value in _beyond_protocol(decoding).items() if getattr(options, name) == "send"}
        if letters:
            body |= self._letter_fields(question)
        return body | options.extra_body | (options.reasoning_body if question.reasoning else options.direct_body)

    def _letter_fields(self, question: Question) -> dict[str, Any]:
        wanted = [token for letter in question.letters for token in self.letter_tokens.get(letter, ())]
        top = {"logprobs": True, "top_logprobs": len(wanted) or self.options.top_logprobs}
        return top | {"logprob_token_ids": wanted} if wanted else top

    def _check(self, decoding: Decoding) -> None:
        if decoding.name == "letter_logprobs" and not self.options.top_logprobs:
            raise SpaceNumError(
                f"'{self.client.checkpoint}' is asked for letter log-probabilities, but its file says that the "
                "endpoint gives none; set options.top_logprobs (OpenAI and vLLM: 20) if it does, or leave the mode out"
            )
        for name, value in _beyond_protocol(decoding).items():
            if getattr(self.options, name) is None:
                raise SpaceNumError(
                    f"the mode's decoding has {name} {value:g}, which the OpenAI protocol lacks; in the file of "
                    f"'{self.client.checkpoint}' say options.{name}: send (vLLM takes it), or leave_out to do without"
                )

    async def _all(self, questions: Sequence[Question], decoding: Decoding, keep: Keep) -> None:
        self.client.resume()
        gate = asyncio.Semaphore(self.client.machine.concurrency)
        tasks = [
            asyncio.create_task(self._one(question, decoding, gate, partial(keep, place)))
            for place, question in enumerate(questions)
        ]
        try:
            await self._gather(tasks)
        finally:  # nothing is left behind if the job is interrupted
            for task in tasks:
                task.cancel()

    async def _gather(self, tasks: Sequence[asyncio.Task[None]]) -> None:
        """Until all are done; if one fails, those whose answers are under way, and then raise its error."""
        done, under_way = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        errors = [error for task in tasks if task in done and (error := task.exception())]
        if not errors:
            return
        self.client.stop()
        if under_way:
            print("endpoint: a question failed; waiting for the answers under way", file=sys.stderr, flush=True)
            await asyncio.wait(under_way)
            [task.exception() for task in under_way]
        raise errors[0]

    async def _one(
        self, question: Question, decoding: Decoding, gate: asyncio.Semaphore, keep: Callable[[Reply], None]
    ) -> None:
        letters = question.letters if decoding.name == "letter_logprobs" else None
        async with gate:
            if self.client.stopped:
                raise Stopped
            body = self.request(question, decoding)
            tokens = self.estimate.prompt_tokens(question) + (1 if letters else decoding.max_new_tokens)
            completion = await self.client.complete(question.item, body, tokens, self.ledger.count_lost)
            reply = completion.reply(letters, self.opened.get(question.reasoning, ""))
            if reply.refused:
                print(
                    f"endpoint: {question.item} was refused ({reply.refused}); its reply is empty",
                    file=sys.stderr,
                    flush=True,
                )
            self.ledger.count(question, reply, decoding, self.estimate)
            self.ledger.save()
            keep(reply)


def _beyond_protocol(decoding: Decoding) -> dict[str, float]:
    """What decides how replies are drawn and isn't part of the OpenAI protocol, if the decoding has it."""
    top_k: dict[str, float] = {"top_k": decoding.top_k} if decoding.top_k else {}
    return top_k | ({"repetition_penalty": decoding.repetition_penalty} if decoding.repetition_penalty != 1 else {})
