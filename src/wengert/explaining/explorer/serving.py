"""A server on this machine alone, behind one page.

Who does not know the secret in the address is answered nothing, whatever is asked; nor is who comes by another name of
this machine than its own, as pages of others do that have had a name of theirs lead here (DNS rebinding). What comes in
is a list of numbers as JSON, and nothing else is ever made of it.
"""

from __future__ import annotations

import hmac
import json
import math
import secrets
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from .model import as_json

if TYPE_CHECKING:
    from .exploration import Exploration

LOOPBACK = "127.0.0.1"
POLL = 0.1
"""Seconds after which the server looks whether it is to end."""
MOST_BYTES = 100_000
"""So long a question may be."""

HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "frame-ancestors 'self' http://localhost:* http://127.0.0.1:*",
}


class Server:
    """Serves the page of an exploration from its making until it is closed."""

    def __init__(self, exploration: Exploration) -> None:
        self.secret = secrets.token_urlsafe(32)
        self.asking = _Asking(exploration)
        self._server = ThreadingHTTPServer((LOOPBACK, 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(POLL,), name="explorer", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return self._server.server_address[1]

    @property
    def hosts(self) -> frozenset[str]:
        """The names by which a browser of this machine comes here."""
        return frozenset({f"{LOOPBACK}:{self.port}", f"localhost:{self.port}"})

    @property
    def url(self) -> str:
        """The address of the page."""
        return f"http://{LOOPBACK}:{self.port}/{self.secret}/"

    def knows(self, secret: str) -> bool:
        """Whether it is the secret; the comparison takes as long whatever is given."""
        return hmac.compare_digest(secret.encode(), self.secret.encode())

    def wait(self) -> None:
        """Wait until the server is closed."""
        self._thread.join()

    def close(self) -> None:
        """Answer no longer."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Asking:
    """What may be asked, one thing at a time."""

    def __init__(self, exploration: Exploration) -> None:
        self.exploration = exploration
        self.lock = threading.Lock()

    def page(self) -> str:
        with self.lock:
            return self.exploration.live_html()

    def program(self) -> str:
        with self.lock:
            return as_json(self.exploration.program())

    def at(self, question: bytes) -> str:
        """The document where arguments have other elements.

        Raises:
            ValueError: the question is not made of numbers.
        """
        numbers = read_numbers(question)
        with self.lock:
            return as_json(self.exploration.document(numbers))


def read_numbers(question: bytes) -> dict[int, list[float]]:
    """The elements of arguments: ``{"0": [1.0, 2.0]}``.

    Raises:
        ValueError: it is anything else.
    """
    given = json.loads(question, parse_constant=_refuse_constant)
    if not isinstance(given, dict) or not all(_are_numbers(elements) for elements in given.values()):
        raise ValueError("[explore] the question is no list of numbers for each argument")
    return {int(place): [float(element) for element in elements] for place, elements in given.items()}


def _are_numbers(elements: Any) -> bool:
    return isinstance(elements, list) and all(type(e) in (int, float) and math.isfinite(e) for e in elements)


def _refuse_constant(text: str) -> Any:
    raise ValueError(f"[explore] {text} is no number of JSON")


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    """What answers requests to a server."""

    class Handler(BaseHTTPRequestHandler):
        server_version, sys_version = "Wengert", ""

        def do_GET(self) -> None:
            self._answer_one_of({"": (server.asking.page, "text/html"), "program": (server.asking.program, JSON)})

        def do_POST(self) -> None:
            self._answer_one_of({"at": (self._at, JSON)})

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: the address of a request holds the secret."""

        def _answer_one_of(self, answers: dict[str, tuple[Callable[[], str], str]]) -> None:
            """Answer what was asked, if that may be asked by who knows the secret and comes by our name."""
            _, secret, name = (*self.path.split("/", 2), "", "")[:3]
            if not server.knows(secret) or self.headers.get("Host") not in server.hosts or not self._is_own():
                self._send(HTTPStatus.FORBIDDEN, "text/plain", "")
            elif name not in answers:
                self._send(HTTPStatus.NOT_FOUND, "text/plain", "")
            else:
                answer, kind = answers[name]
                self._answer(answer, kind)

        def _is_own(self) -> bool:
            """Whether a request that says which page it is from is from ours."""
            origin = self.headers.get("Origin")
            return origin is None or origin.removeprefix("http://") in server.hosts

        def _answer(self, answer: Callable[[], str], kind: str) -> None:
            try:
                self._send(HTTPStatus.OK, kind, answer())
            except Exception as error:  # whatever a user's function raises at another point
                told = json.dumps({"error": f"{type(error).__name__}: {error}"})
                self._send(HTTPStatus.UNPROCESSABLE_ENTITY, JSON, told)

        def _at(self) -> str:
            length = self.headers.get("Content-Length", "")
            if not length.isdecimal() or int(length) > MOST_BYTES or self.headers.get_content_type() != JSON:
                raise ValueError(f"[explore] a question is JSON of at most {MOST_BYTES} bytes")
            return server.asking.at(self.rfile.read(int(length)))

        def _send(self, status: HTTPStatus, kind: str, text: str) -> None:
            content = text.encode()
            self.send_response(status)
            for name, value in HEADERS.items():
                self.send_header(name, value)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    return Handler


JSON = "application/json"
