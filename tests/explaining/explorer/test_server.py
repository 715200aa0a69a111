"""The server of the explorer answers who knows its secret and comes by its name, and computes with numbers alone."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert.explaining.explorer import Exploration
from wengert.explaining.explorer.serving import MOST_BYTES, Server


def f(x: Any) -> Any:
    return np.sum(x * x)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Exploration(f, (numpy.array([1.0, 2.0]),)) as exploration:
        yield exploration._served()


def ask(server: Server, path: str, body: Any = None, **headers: str) -> tuple[int, str]:
    """The status and the text of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request("GET" if body is None else "POST", path, body, given)
    answer = connection.getresponse()
    text = answer.read().decode()
    assert answer.headers["Cache-Control"] == "no-store"
    connection.close()
    return answer.status, text


def test_the_page_and_the_program_are_there(server: Server) -> None:
    status, text = ask(server, f"/{server.secret}/")
    assert (status, "connect-src 'self'" in text) == (200, True)
    status, text = ask(server, f"/{server.secret}/program")
    assert (status, json.loads(text)["trouble"]) == (200, "")


def test_moved_arguments_are_computed(server: Server) -> None:
    status, text = ask(server, f"/{server.secret}/at", json.dumps({"0": [3.0, 4.0]}), Content_Type="application/json")
    assert (status, json.loads(text)["result"]["value"]["text"]) == (200, "25")


@pytest.mark.parametrize("path", ["/", "//", "/{wrong}/", "/{wrong}/at", "/{short}/", "/{long}/", "", "/{secret}"])
def test_who_does_not_know_the_secret_is_told_nothing(server: Server, path: str) -> None:
    secret = server.secret
    changed = secret[:-1] + ("A" if secret[-1] != "A" else "B")
    asked = path.format(wrong=changed, short=secret[:-1], long=f"{secret}A", secret=f"x{secret}")
    assert ask(server, asked or "*") == (403, "")


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1", "evil.example:{port}", "127.0.0.1:{port}.evil.example", ""]
)
def test_who_comes_by_another_name_is_told_nothing(server: Server, host: str) -> None:
    assert ask(server, f"/{server.secret}/", Host=host.format(port=server.port)) == (403, "")


def test_pages_of_others_are_told_nothing(server: Server) -> None:
    path = f"/{server.secret}/at"
    assert ask(server, path, "{}", Origin="http://evil.example", **_json()) == (403, "")
    assert ask(server, path, "{}", Origin=f"http://127.0.0.1:{server.port}", **_json())[0] == 200


@pytest.mark.parametrize(
    "name", ["..", "../../etc/passwd", "%2e%2e/%2e%2e/etc/passwd", "explorer.js", "program/", "at"]
)
def test_there_are_no_files(server: Server, name: str) -> None:
    assert ask(server, f"/{server.secret}/{name}") == (404, "")


@pytest.mark.parametrize(
    "body",
    [
        "", "[]", "1", '{"0": 1}', '{"0": ["1"]}', '{"0": [NaN, 1]}', '{"0": [1e999, 1]}', '{"x": [1, 2]}',
        '{"0": [1]}', '{"1": [1, 2]}', '{"0": [true, 1]}', "\x00", "__import__('os')",
    ],
)  # fmt: skip
def test_what_is_no_list_of_numbers_is_refused(server: Server, body: str) -> None:
    status, text = ask(server, f"/{server.secret}/at", body, **_json())
    assert status == 422
    assert "error" in json.loads(text)


def test_long_questions_and_other_kinds_are_refused(server: Server) -> None:
    path = f"/{server.secret}/at"
    assert ask(server, path, "{}", Content_Type="text/plain")[0] == 422
    assert ask(server, path, "{}", Content_Length=str(MOST_BYTES + 1), **_json())[0] == 422


def test_it_listens_on_this_machine_alone_and_until_it_is_closed() -> None:
    with wg.explore(f, numpy.array([1.0])) as exploration:
        assert exploration.url.startswith("http://127.0.0.1:")
        assert exploration.url in exploration._repr_html_()
        server = exploration._server
        assert server is not None
    with pytest.raises(ConnectionRefusedError):
        ask(server, "/")


def _json() -> dict[str, str]:
    return {"Content_Type": "application/json"}
