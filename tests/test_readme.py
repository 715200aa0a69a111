"""What the README shows is what happens."""

from __future__ import annotations

import doctest
import re
from pathlib import Path
from typing import Any

import numpy
import pytest
from docs import make_badges

README = Path(__file__).parent.parent / "README.md"
CI = README.parent / ".ci" / "run"


def test_the_first_example_prints_what_it_says() -> None:
    text = README.read_text()
    assert text.count(">>>") > 5
    failures, _ = doctest.testfile(str(README), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert failures == 0


def test_ci_runs_the_readmes_test_command() -> None:
    (command,) = [line for line in README.read_text().splitlines() if "pytest" in line]
    assert command in CI.read_text()


def test_links_and_pictures_lead_to_files() -> None:
    links = re.findall(r"\]\(([^)#\s]+)", README.read_text())
    assert [link for link in links if "://" not in link and not (README.parent / link).exists()] == []


def test_badges_say_what_the_project_says() -> None:
    assert make_badges.PICTURE.read_text() == make_badges.render(), "run python -m docs.make_badges"


# -- what the table says of others -----------------------------------------------------------------


def test_what_is_said_of_pytorch() -> None:
    torch = pytest.importorskip("torch")
    x = torch.tensor([0.0, 4.0], dtype=torch.float64, requires_grad=True)
    torch.where(x > 0, torch.sqrt(x), 0.0).sum().backward()
    assert numpy.isnan(x.grad[0].item())
    with pytest.raises(RuntimeError, match="requires grad"):
        numpy.sin(x)


def test_what_is_said_of_jax() -> None:
    jax = pytest.importorskip("jax")
    jnp = jax.numpy

    def written(x: Any) -> Any:
        a = jnp.zeros(2)
        a[0] = x
        return a[0]

    assert numpy.isnan(jax.grad(lambda x: jnp.where(x > 0, jnp.sqrt(x), 0.0))(0.0))
    with pytest.raises(ValueError, match="Reverse-mode differentiation does not work"):
        jax.grad(lambda x: jax.lax.while_loop(lambda c: c < 9, lambda c: c * 2, x))(1.0)
    with pytest.raises(jax.errors.TracerBoolConversionError):
        jax.jit(lambda x: x if x > 0 else -x)(1.0)
    with pytest.raises(TypeError, match="immutable"):
        jax.grad(written)(1.0)
    with pytest.raises(jax.errors.TracerArrayConversionError):
        jax.grad(numpy.sin)(1.0)
