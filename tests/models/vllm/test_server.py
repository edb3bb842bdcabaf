"""A vLLM server in the job: started when needed, watched, and gone with the job however that ends."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import math
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image as Picture

from spacenum.asking.base import Context
from spacenum.asking.chat import Decoding, Question
from spacenum.asking.settings import ModelConfig
from spacenum.core.errors import SpaceNumError
from spacenum.items.schema import Image, Text
from spacenum.models.pixels import ImagePlan
from spacenum.models.vllm import load
from tests.models.vllm.adapters import named_checkpoint, write_adapter

FAKE = Path(__file__).with_name("fake_vllm.py")
GREEDY = Decoding(name="greedy")
PAPER = Decoding(name="paper", temperature=0.7, top_p=0.9, top_k=50)
COMMIT = "abcd" * 10
LOGPROBS = Decoding(name="letter_logprobs", max_new_tokens=1)


def ended(pid):
    """Whether a process is gone, or dead and not yet collected by whoever inherits it here."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state == "Z"


def all_end(pids, within_s):
    end = time.monotonic() + within_s
    while not all(map(ended, pids)):
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


@pytest.fixture
def fake(tmp_path, monkeypatch):
    """Let ``vllm`` be the fake; returns a function that says which processes it has started."""
    file = tmp_path / "pids"
    monkeypatch.setenv("SPACENUM_VLLM", shlex.join([sys.executable, str(FAKE)]))
    monkeypatch.setenv("FAKE_VLLM_PIDS", str(file))
    monkeypatch.setenv("SPACENUM_VLLM_STOP_S", "2")
    monkeypatch.delenv("FAKE_VLLM", raising=False)
    monkeypatch.delenv("SPACENUM_GPUS", raising=False)
    yield lambda: [int(pid) for pid in file.read_text().split()]
    left = [int(pid) for pid in file.read_text().split()] if file.exists() else []
    if not all_end(left, 6):
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        pytest.fail("processes were left behind")


def config(**more):
    return ModelConfig(**{"kind": "vlm", "backend": "vllm", "checkpoint": "org/model", "revision": COMMIT} | more)


@pytest.fixture
def model(fake, tmp_path):
    """A maker of models; closed at the end."""
    made = []

    def make(**more):
        made.append(load(config(**more), Context(frames={}, root=tmp_path, seed=0)))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def question(tmp_path):
    Picture.new("RGB", (8, 8)).save(tmp_path / "a.png")
    parts = (Text(text="?\n"), Image(image="a.png"))
    return Question(item="item0", family="f", parts=parts, letters=("A", "B"), seed=5)


def test_nothing_starts_before_the_first_question(model, fake, question, capsys):
    served = model()
    assert served.identity["checkpoint"] == "org/model"
    served.close()
    with pytest.raises(FileNotFoundError):
        fake()
    replies = served.reply([question] * 5, GREEDY)
    pids = fake()
    assert len(replies) == 5
    assert served.reply([question], GREEDY)[0].text
    assert fake() == pids
    assert not any(map(ended, pids))
    served.close()
    assert all(map(ended, pids))
    assert "vllm: ready after" in capsys.readouterr().err


def test_what_the_server_is_asked(model, question, tmp_path):
    served = model(reasoning="template")
    (reply,) = served.reply([question], PAPER)
    assert json.loads(reply.text) == sorted(
        ["chat_template_kwargs", "max_completion_tokens", "messages", "model", "seed", "temperature", "top_k", "top_p"]
    )
    (reply,) = served.reply([question], LOGPROBS)
    assert reply.text is None
    assert reply.letter_logprobs["A"] - reply.letter_logprobs["B"] == pytest.approx(1)  # as the fake makes them
    assert reply.letter_mass == pytest.approx(math.exp(-65) + math.exp(-66), rel=0.005)


def test_what_the_prompt_opens_begins_the_reply(model, question):
    served = model(reasoning="template", options={"thinking_budget": 9, "template_kwargs": {"style": "short"}})
    thinking = replace(question, reasoning=True, system="You help.")
    (thought,), (plain,) = served.reply([thinking], GREEDY), served.reply([question], GREEDY)
    assert thought.text.startswith("<think>[") and plain.text.startswith("[")
    assert "thinking_token_budget" in thought.text and "thinking_token_budget" not in plain.text
    assert served.template_variables(True) == {"style": "short", "enable_thinking": True}
    closed, opened = (served.rendered(thinking, generation) for generation in (False, True))
    assert (closed, opened) == ("You help.?\n[image]", "You help.?\n[image]|model|<think>")
    assert '--reasoning-config {"reasoning_start_str": "<think>", "reasoning_end_str": "</think>"}' in " ".join(
        served.serve_command(ImagePlan())
    )


def test_the_command_line(model, question, tmp_path, monkeypatch):
    adapter = write_adapter(tmp_path / "lora", 24)
    monkeypatch.setenv("SPACENUM_GPUS", "2")
    lock = os.open(tmp_path / "lock", os.O_CREAT | os.O_RDWR)
    monkeypatch.setenv("SPACENUM_GPU_LOCKS_HELD", str(lock))
    monkeypatch.setenv("SPACENUM_VLLM_ARGS", "--enforce-eager --max-num-seqs '16'")
    engine = {"mm_processor_kwargs": {"max_pixels": 9}, "enable_prefix_caching": False}
    served = model(adapter=str(adapter), gpus=4, options={"max_model_len": 4096, "engine": engine})
    served.reply([question], GREEDY)
    os.close(lock)
    assert os.readlink(f"/proc/{served._server._guard.pid}/fd/{lock}") == str(
        tmp_path / "lock"
    )  # its GPUs, until it ends
    arguments = json.loads((tmp_path / "pids.args").read_text())
    port = arguments.pop()
    assert 1024 < int(port) < 65536
    assert arguments == shlex.split(
        "serve org/model --dtype bfloat16 --seed 0 --generation-config vllm --no-enable-prefix-caching "
        f"--tensor-parallel-size 2 --gpu-memory-utilization 0.9 --no-trust-remote-code --revision {COMMIT} "
        "--max-model-len 4096 "
        f"""--enable-lora --max-lora-rank 32 --mm-processor-kwargs '{{"max_pixels": 9}}' """
        f"--logprobs-mode raw_logprobs --max-logprobs 20 --served-model-name org/model "
        f"--lora-modules adapter={adapter} --enforce-eager --max-num-seqs 16 --host 127.0.0.1 --port"
    )


def test_an_adapter_that_changes_nothing_starts_no_server(model, fake, question, tmp_path):
    served = model(adapter=str(write_adapter(tmp_path / "lora", 8, value=0)))
    with pytest.raises(SpaceNumError, match=r"lora/adapter_model\.safetensors: its 1 modules change weights by 0"):
        served.reply([question], GREEDY)
    with pytest.raises(FileNotFoundError):
        fake()


def test_words_that_the_prompt_takes_for_an_image_are_one_sentence(model, fake, question, tmp_path):
    served = model(checkpoint=str(named_checkpoint(tmp_path / "checkpoint", "qwen3_vl", "<|image_pad|>")))
    wrong = replace(question, parts=(Text(text="What does <|image_pad|> mean?"), *question.parts))
    for ask in (lambda: served.reply([question, wrong], GREEDY), lambda: served.rendered(wrong, True)):
        with pytest.raises(SpaceNumError, match=r"item item0: its text holds '<\|image_pad\|>'"):
            ask()
    with pytest.raises(FileNotFoundError):
        fake()


def test_a_processor_that_can_not_be_told_is_sent_smaller_images(model, tmp_path):
    """Ovis2.5's, in vLLM; that of a checkpoint which says nothing of its own is refused."""
    Picture.new("RGB", (64, 48)).save(tmp_path / "large.png")
    asked = Question(item="i", family="f", parts=(Image(image="large.png"),), letters=("A", "B"))
    for kind in ("ovis2_5", "other"):
        (tmp_path / kind).mkdir()
        (tmp_path / kind / "config.json").write_text(json.dumps({"model_type": kind}))
    served = model(checkpoint=str(tmp_path / "ovis2_5"), pixel_budget=1024)
    served.reply([asked], GREEDY)
    url = served.messages.of(asked)[0]["content"][0]["image_url"]["url"]
    with Picture.open(io.BytesIO(base64.b64decode(url.partition("base64,")[2]))) as sent:
        assert sent.width * sent.height <= 1024 < 1.1 * sent.width * sent.height
    with pytest.raises(SpaceNumError, match=r"'pixel_budget': .* leave the key out"):
        model(checkpoint=str(tmp_path / "other"), pixel_budget=1024).reply([asked], GREEDY)


def test_a_slow_start_is_waited_for(model, fake, question, monkeypatch):
    monkeypatch.setenv("FAKE_VLLM", "slow")
    start = time.monotonic()
    model().reply([question], GREEDY)
    assert time.monotonic() - start > 1


@pytest.mark.parametrize(
    ("behaviour", "sentence"),
    [
        ("never", r"not healthy after 1\.5 s; allow more in SPACENUM_VLLM_START_TIMEOUT_S.*fake vllm starts"),
        (
            "dies",
            r"ended \(exit status 1\); its log .*says: ValueError: the model's context is too long for the cache / ",
        ),
        ("other", r"serves another instead of 'org/model'"),
        (
            "dies-asked",
            r"ended \(exit status 3\); its log .*ends: .*fatal error.*; replies of finished batches are kept",
        ),
    ],
)
def test_a_server_that_fails(model, fake, question, monkeypatch, behaviour, sentence):
    monkeypatch.setenv("FAKE_VLLM", behaviour)
    monkeypatch.setenv("SPACENUM_VLLM_START_TIMEOUT_S", "1.5" if behaviour == "never" else "30")
    served = model()
    start = time.monotonic()
    with pytest.raises(SpaceNumError, match=sentence) as told:
        served.reply([question] * 9, GREEDY)
    assert "\n" not in str(told.value)
    assert time.monotonic() - start < 15
    served.close()
    assert all_end(fake(), 0)


def test_a_server_that_does_not_stop_is_killed(model, fake, question, monkeypatch):
    monkeypatch.setenv("FAKE_VLLM", "stubborn")
    monkeypatch.setenv("SPACENUM_VLLM_STOP_S", "0.5")
    served = model()
    served.reply([question], GREEDY)
    start = time.monotonic()
    served.close()
    assert 0.5 <= time.monotonic() - start < 3
    assert all_end(fake(), 0)


JOB = """
import signal, sys, time
from pathlib import Path
from spacenum.asking.base import Context
from spacenum.asking.chat import Decoding, Question
from spacenum.asking.settings import ModelConfig
from spacenum.models.vllm import load
signal.signal(signal.SIGINT, signal.default_int_handler)  # tests that run under nohup ignore both, \
and children inherit it
signal.signal(signal.SIGHUP, signal.SIG_DFL)
model = load(ModelConfig(kind="vlm", backend="vllm", checkpoint="org/model", revision="0" * 40), \
Context(frames={}, root=Path(), seed=0))
model.reply([Question(item="i", family="f", parts=(), letters=("A",))], Decoding(name="greedy"))
print("up", flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_killed_job_leaves_nothing(fake, tmp_path, number):
    job = subprocess.Popen([sys.executable, "-c", JOB], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        assert job.stdout.readline() == b"up\n"
        pids = fake()
        assert not any(map(ended, pids))
        job.send_signal(number)
        job.wait(30)  # of the 60 that it would sleep; a busy machine is slow
        assert all_end(pids, 6)
    finally:
        job.kill()
        job.wait()
        job.stdout.close()


def test_a_killed_guard_takes_the_server_along(model, fake, question):
    served = model()
    served.reply([question], GREEDY)
    server, _ = fake()
    served._server._guard.kill()
    assert all_end([server], 6)
    os.kill(fake()[1], signal.SIGKILL)  # the fake's helper has nobody left; vLLM's engines end with their server


def test_no_command(fake, question, model, monkeypatch):
    monkeypatch.setenv("SPACENUM_VLLM", "/nowhere/vllm")
    with pytest.raises(SpaceNumError, match=r"no command '/nowhere/vllm'.*export SPACENUM_VLLM="):
        model().reply([question], GREEDY)
    monkeypatch.setenv("SPACENUM_VLLM", "vllm 'x")
    with pytest.raises(SpaceNumError, match="environment variable SPACENUM_VLLM: not words"):
        model()


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"options": {"engine": {"port": 3}}}, r"engine: .*port can't be set here"),
        ({"options": {"tensor_parallel": 3}}, r"no such key: 'tensor_parallel'; there are serve"),
        ({"adapter": "nowhere"}, r"nowhere/adapter_config\.json: no such file"),
        ({"checkpoint": None}, r"'checkpoint'"),
    ],
)
def test_files_that_are_wrong(model, more, sentence):
    with pytest.raises(SpaceNumError, match=sentence):
        model(**more)


def test_the_machine_is_not_in_the_identity(model, monkeypatch):
    plain = model(gpus=1).identity
    for name, value in {"TENSOR_PARALLEL": "4", "PORT": "8123", "GPU_MEMORY": "0.5", "ARGS": "--x"}.items():
        monkeypatch.setenv(f"SPACENUM_VLLM_{name}", value)
    assert model(gpus=4).identity == plain
    assert not re.search(r"8123|/tmp", str(plain))
    for change in (
        {"revision": "0" * 40},
        {"dtype": "float16"},
        {"options": {"max_model_len": 99}},
        {"pixel_budget": 9},
    ):
        assert model(**change).identity != plain
