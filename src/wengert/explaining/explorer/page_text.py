"""The page as one file of HTML: script, style and facts are in it, and nothing else is ever loaded."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files

from ...html import escaped

MARKUP = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}
"""Characters of JSON that might end a script, as JSON writes them too."""


def built(name: str) -> str:
    """A file of the page."""
    return (files(f"{__package__}.page") / name).read_text(encoding="utf-8")


def page(title: str, document: str, program: str = "null", is_live: bool = False) -> str:
    """The whole page.

    Args:
        title: of the page; plain text.
        document: what it shows, as JSON.
        program: the compiled program, as JSON; ``null`` if the page is to ask for it.
        is_live: whether a server behind the page computes what it asks for.
    """
    script, style = built("explorer.js"), built("explorer.css")
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy(script, style, is_live)}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            '<link rel="icon" href="data:,">',
            f"<title>{escaped(title)}</title>",
            f"<style>{style}</style>",
            "</head>",
            f'<body data-live="{str(is_live).lower()}">',
            '<div id="explorer"></div>',
            "<noscript>This page shows a derivative step by step, and needs JavaScript for it.</noscript>",
            _data("document", document),
            _data("program", program),
            f"<script>{script}</script>",
            "</body>",
            "</html>",
            "",
        ]
    )


def policy(script: str, style: str, is_live: bool) -> str:
    """What the page may do: run this script, use this style, and ask its own server if there is one."""
    asks = "'self'" if is_live else "'none'"
    return (
        f"default-src 'none'; script-src '{_digest(script)}'; style-src '{_digest(style)}'; img-src data:; "
        f"connect-src {asks}; base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _data(name: str, text: str) -> str:
    return f'<script type="application/json" id="{name}">{text.translate(MARKUP)}</script>'
