"""The documentation site: ``make -C docs html``, with what ``pip install -e '.[docs]'`` brings."""

from __future__ import annotations

from typing import Any

import wengert

project = "Wengert"
author = "The Wengert developers"
copyright = "2026, the Wengert developers"
release = version = wengert.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = ["_build", "templates"]
templates_path = ["templates"]
myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_heading_anchors = 3
autosummary_ignore_module_all = False
autodoc_typehints = "none"
autodoc_member_order = "groupwise"
napoleon_use_ivar = True
copybutton_prompt_text = r">>> |\.\.\. "
copybutton_prompt_is_regexp = True

html_theme = "furo"
html_title = f"Wengert {release}"
html_baseurl = ""


def setup(app: Any) -> None:
    """Leave out what a namespace passes on as it is, such as NumPy's dtypes: it is documented there."""
    app.connect("autodoc-skip-member", _is_of_another_library)


def _is_of_another_library(_app: Any, _what: str, _name: str, member: Any, skip: bool, _options: Any) -> bool:
    home = getattr(member, "__module__", None) or ""
    return skip or home.split(".")[0] in ("numpy", "scipy", "builtins")
