"""A web server for one person on this machine: one page, the items without their answers, and where answers go."""

from __future__ import annotations

import errno
import re
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from markupsafe import Markup
from pydantic import BaseModel, Field, ValidationError

from spacenum.annotate.session import TEMPLATES, Session
from spacenum.core.blocks import Block
from spacenum.core.errors import SpaceNumError
from spacenum.core.pages import content_policy, page_templates
from spacenum.core.provenance import first_problem
from spacenum.items.schema import Letter

HOST = "127.0.0.1"
HOSTS = re.compile(r"(127\.0\.0\.1|localhost)(:\d+)?")
"""What the browser may call this machine; with another port if there is a tunnel."""
LONGEST_BODY = 1000


class Given(Block):
    """What the browser sends: a letter, or None to take one back."""

    letter: Letter | None
    seconds: float = Field(ge=0)


def page(person: str, cell: str) -> str:
    """The page, with all that it needs: it asks for nothing from elsewhere."""
    environment = page_templates(TEMPLATES)
    style, script = (Markup((TEMPLATES / name).read_text(encoding="utf-8")) for name in ("page.css", "page.js"))
    policy = content_policy([script], [style], img_src="'self' data:", connect_src="'self'")
    return environment.get_template("page.html.j2").render(
        person=person, cell=cell, style=style, script=script, policy=policy
    )


class AnnotationServer(ThreadingHTTPServer):
    """Serves a session on this machine alone; SpaceNumError if the port is taken. port: 0 for any free one."""

    daemon_threads = True

    def __init__(self, session: Session, html: str, port: int) -> None:
        self.session, self.html = session, html
        try:
            super().__init__((HOST, port), _Handler)
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
            raise SpaceNumError(
                f"port {port} can't be had ({error.strerror}); name another with --port, or end what uses it"
            ) from None

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.server_address[1]}/"


class _Handler(BaseHTTPRequestHandler):
    server: AnnotationServer

    def do_GET(self) -> None:
        session = self.server.session
        self._route(
            {
                r"/": lambda: self._send(self.server.html.encode(), "text/html; charset=utf-8"),
                r"/instructions": lambda: self._json(session.instructions()),
                r"/example/(\d{1,2})": lambda number: self._send(session.example_image(number), "image/png"),
                r"/progress": lambda: self._json(session.progress()),
                r"/item/(\d{1,6})": lambda place: self._json(session.question(place)),
                r"/image/(\d{1,6})/(\d{1,2})": lambda *at: self._send(session.image(*at), "image/png"),
            }
        )

    def do_PUT(self) -> None:  # other sites' pages can't PUT here: browsers ask first, and do_OPTIONS isn't there
        self._route({r"/answer/(\d{1,6})": self._answer})

    def _answer(self, place: int) -> None:
        length = self.headers.get("Content-Length", "")
        body = self.rfile.read(min(int(length), LONGEST_BODY) if re.fullmatch(r"\d{1,9}", length) else 0)
        given = Given.model_validate_json(body)
        self._json(self.server.session.answer(place, given.letter, given.seconds))

    def _route(self, routes: dict[str, Callable[..., None]]) -> None:
        """Call what the path asks for with the numbers in it; what goes wrong is said in one sentence."""
        if not self._of_this_page():
            return self._send(b"this server answers only its own page", "text/plain", HTTPStatus.FORBIDDEN)
        for pattern, call in routes.items():
            if found := re.fullmatch(pattern, self.path):
                try:
                    return call(*map(int, found.groups()))
                except SpaceNumError as error:
                    return self._send(str(error).encode(), "text/plain", HTTPStatus.BAD_REQUEST)
                except ValidationError as error:
                    return self._send(first_problem(error).encode(), "text/plain", HTTPStatus.BAD_REQUEST)
                except ConnectionError:
                    return None  # the page was closed meanwhile
                except OSError as error:  # a full disk, say; not its file's name, which may be an image's
                    return self._send(str(error.strerror).encode(), "text/plain", HTTPStatus.INTERNAL_SERVER_ERROR)
        return self._send(b"no such page", "text/plain", HTTPStatus.NOT_FOUND)

    def _of_this_page(self) -> bool:
        """Whether the request is for this machine by its own name, and from our page if it says whence it comes: the
        name of another site may lead here too."""
        host = self.headers.get("Host", "")
        origin = self.headers.get("Origin", f"http://{host}")
        return bool(HOSTS.fullmatch(host)) and origin == f"http://{host}"

    def _json(self, data: BaseModel) -> None:
        self._send(data.model_dump_json().encode(), "application/json")

    def _send(self, body: bytes, kind: str, status: HTTPStatus = HTTPStatus.OK) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")  # another session's items have the same addresses
        self.send_header("Content-Security-Policy", "frame-ancestors 'none'")  # the page itself says the rest
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the page itself says what happens."""
