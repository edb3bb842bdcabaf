"""A program that stands in for ``vllm``: it speaks as much of ``vllm serve``'s command line and API as is used.

FAKE_VLLM says how it behaves: "well", "slow" (healthy after 1 s), "never" (never healthy), "dies" (at the start),
"dies-asked" (at the second question), "stubborn" (deaf to SIGTERM), "other" (serves another model). It writes its
process id, and that of a helper in a session of its own (as vLLM's engine is a process of its own), into the file
FAKE_VLLM_PIDS, its arguments into FAKE_VLLM_PIDS + ".args", and ends by itself after a minute.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

LIFE_S = 60
MODE = os.environ.get("FAKE_VLLM", "well")
TOKENS = {letter: 65 + i for i, letter in enumerate("ABCD")} | {
    f" {letter}": 165 + i for i, letter in enumerate("ABCD")
}
START = time.monotonic()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    model = ""
    asked = 0

    def do_GET(self):
        if self.path == "/health":
            healthy = MODE != "never" and not (MODE == "slow" and time.monotonic() - START < 1)
            self.send(200 if healthy else 503, "")
        elif self.path == "/v1/models" and self.known():
            self.send(200, {"data": [{"id": "another" if MODE == "other" else self.model}]})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/tokenize":
            tokens = self.rendered(body) if "messages" in body else [TOKENS[body["prompt"]]]
            self.send(200, {"tokens": tokens, "count": len(tokens)})
        elif self.path == "/detokenize":
            self.send(200, {"prompt": "".join(map(chr, body["tokens"]))})
        elif self.path == "/v1/chat/completions" and self.known():
            Handler.asked += 1
            if MODE == "dies-asked" and Handler.asked > 1:
                print("EngineCore encountered a fatal error", flush=True)
                print("WARNING [limits.py:2] that may end in an `OSError: [Errno 24] Too many open files`", flush=True)
                os._exit(3)
            self.send(200, self.completion(body))

    def rendered(self, body):
        """The prompt; its tokens are numbers of its characters."""
        parts = [part for message in body["messages"] for part in message["content"]]
        words = "".join(part if isinstance(part, str) else part.get("text", "[image]") for part in parts)
        thinks = body.get("chat_template_kwargs", {}).get("enable_thinking")
        turn = "|model|" + "<think>" * bool(thinks) if body["add_generation_prompt"] else ""
        return [ord(character) for character in words + turn]

    def completion(self, body):
        wanted = body.get("logprob_token_ids", [])
        choice = {"message": {"content": json.dumps(sorted(body))}, "finish_reason": "stop"}
        if body.get("logprobs"):  # the higher a token's number, the less likely
            names = {number: name for name, number in TOKENS.items()}
            listed = [{"token": names[token], "logprob": -float(token)} for token in wanted[: body["top_logprobs"]]]
            choice["logprobs"] = {"content": [{"top_logprobs": listed}]}
        return {"choices": [choice], "usage": {"prompt_tokens": 7, "completion_tokens": 1}}

    def known(self):
        """Whether the request has the key; if not, it is answered."""
        if self.headers["Authorization"] == f"Bearer {os.environ['VLLM_API_KEY']}":
            return True
        self.send(401, {"error": "Unauthorized"})
        return False

    def send(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


def main():
    arguments = sys.argv[1:]
    assert arguments[0] == "serve", arguments
    value = {name: arguments[arguments.index(name) + 1] for name in ("--host", "--port", "--served-model-name")}
    if MODE == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    helper = subprocess.Popen([sys.executable, "-c", f"import time; time.sleep({LIFE_S})"], start_new_session=True)
    pids = Path(os.environ["FAKE_VLLM_PIDS"])
    Path(f"{pids}.args").write_text(json.dumps(arguments))
    Path(f"{pids}.part").write_text(f"{os.getpid()} {helper.pid}")
    os.replace(f"{pids}.part", pids)
    print("fake vllm starts", flush=True)
    if MODE == "dies":
        sys.exit(
            "(EngineCore pid=7) ERROR [core.py:1] ValueError: the model's context is too long for the cache\n"
            "    raise RuntimeError(\nRuntimeError: Engine core initialization failed. See root cause above.\n"
            "resource_tracker: UserWarning: leaked"
        )
    lora = [arguments[i + 1] for i, word in enumerate(arguments) if word == "--lora-modules"]
    Handler.model = lora[0].partition("=")[0] if lora else value["--served-model-name"]
    server = ThreadingHTTPServer((value["--host"], int(value["--port"])), Handler)
    threading.Timer(LIFE_S, lambda: os._exit(9)).start()
    server.serve_forever()


if __name__ == "__main__":
    main()
