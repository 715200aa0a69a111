"""The whole texts of what `check` says when something is wrong."""

from __future__ import annotations

from math import isnan
from typing import Any

import numpy

from ..core.python.source import SourceLine
from .blame import Probe, Suspect
from .laws import Verdict
from .space import Vector
from .subject import Subject
from .tracing import Made


def failure(order: int, subject: Subject, verdict: Verdict, entry: Probe | None, suspect: Suspect | None) -> str:
    """A test failed: which entry, which operation, what to do."""
    what = subject.label if order == 1 else f"{subject.label} (order {order})"
    head, advice = _HEADLINES[verdict.fault](what, verdict, entry)
    lines = [f"[check] {head}", *_entry_lines(entry, "    ")]
    if suspect is None:
        return "\n".join([*lines, _NOBODY[verdict.fault]])
    if verdict.fault == "wrong" and not suspect.made.primitive.differentiable:
        advice = "wanted a path through {name}, which passes no derivative on; check what comes before and after it"
    return "\n".join([*lines, *_suspect_lines(suspect), advice.format(name=suspect.made.primitive.name)])


def _wrong(what: str, verdict: Verdict, entry: Probe | None) -> tuple[str, str]:
    assert entry is not None
    good_forward = abs(entry.forward - entry.numerical) <= entry.tolerance
    good_reverse = abs(entry.reverse - entry.numerical) <= entry.tolerance
    if good_forward or good_reverse:
        modes = ("forward", "reverse") if good_forward else ("reverse", "forward")
        head = f"reverse and forward mode of {what} disagree, and differences side with {modes[0]} mode"
        return head, f"wanted the same from both modes; correct the {modes[1]} rule of {{name}}"
    head = f"the derivative of {what} differs from its numerical derivative"
    return head, "wanted the same from both; correct the derivative of {name}"


def _kink(what: str, verdict: Verdict, entry: Probe | None) -> tuple[str, str]:
    assert entry is not None
    low, high = sorted((entry.left, entry.right))
    place = "between" if low <= entry.forward <= high else "not between"
    return (
        f"{what} is at a kink: its derivatives from the left and from the right differ",
        f"wanted a point where the derivative exists; the value given is {place} those of the two sides, as a "
        "subgradient is; check at a point beside the kink, where {name} is smooth",
    )


def _edge(what: str, verdict: Verdict, entry: Probe | None) -> tuple[str, str]:
    return (
        f"{what} is at the edge of its domain: it is not finite beside this point",
        "wanted a point inside; move the operand of {name} away from the edge",
    )


def _not_finite(what: str, verdict: Verdict, entry: Probe | None) -> tuple[str, str]:
    return (
        f"the derivative of {what} is not finite",
        "wanted a finite derivative; move the operand of {name} to where it has one, "
        "or correct the derivative of {name}",
    )


def _form(what: str, verdict: Verdict, entry: Probe | None) -> tuple[str, str]:
    return (
        f"{verdict.detail}, in the derivative of {what}",
        "wanted the dtype and shape of what the derivative belongs to; correct the derivative of {name}",
    )


def _raises(what: str, verdict: Verdict, entry: Probe | None) -> tuple[str, str]:
    return (
        f"the derivative of {what} raised {verdict.detail}",
        "wanted a derivative; correct the derivative of {name}",
    )


_HEADLINES: dict[str, Any] = {
    "wrong": _wrong,
    "kink": _kink,
    "edge": _edge,
    "not finite": _not_finite,
    "form": _form,
    "raises": _raises,
}
_BY_ITSELF = "every operation passes by itself at its own operands"
_NOBODY = {
    "wrong": f"{_BY_ITSELF}, so a path is missing or rounding is large; wanted operations on tensors only; look for "
    "x.item(), x.detach(), x.numpy() or numbers drawn at random in the function, or write tolerance=10",
    "kink": f"{_BY_ITSELF}, so the function chooses by value; look for an if, argmax, sort or rounding, and check "
    "at a point where the choice does not change",
    "edge": f"{_BY_ITSELF}; wanted a point inside the domain; check at another point",
    "not finite": f"{_BY_ITSELF}, so their product overflows; check at a point with smaller derivatives",
    "form": f"{_BY_ITSELF}; wanted the dtype and shape of what the derivative belongs to",
    "raises": "",
}


def _entry_lines(entry: Probe | None, indent: str) -> list[str]:
    if entry is None:
        return []
    numbers = {"forward mode": number(entry.forward), "reverse mode": number(entry.reverse)}
    if entry.is_smooth:
        numbers["differences"] = f"{number(entry.numerical)} +- {entry.error:.1e}"
        numbers["tolerance"] = f"{entry.tolerance:.1e}"
    else:
        numbers |= {"from the left": number(entry.left), "from the right": number(entry.right)}
    return [f"{indent}{entry.entry} at {number(entry.at)}", *(f"{indent}    {k:16}{v}" for k, v in numbers.items())]


def number(value: float) -> str:
    return "none" if isnan(value) else f"{value:.9g}"


def _suspect_lines(suspect: Suspect) -> list[str]:
    made, verdict = suspect.made, suspect.verdict
    lines = [f"  the first operation that fails by itself is {made.primitive.name}, {place_of(made)}"]
    lines += operand_lines(made)
    if verdict.detail:
        lines.append(f"        {verdict.detail}")
    return [*lines, *_entry_lines(suspect.probe, "        ")]


def operand_lines(made: Made) -> list[str]:
    from ..explaining.text import short

    return [f"        {n} = {short(o)}" for n, o in zip(made.operand_names(), made.operands, strict=False)]


def place_of(made: Made) -> str:
    """Where an operation was called."""
    line: SourceLine | str = made.line or "a line that is not known"
    return f"in the derivative of {made.within}, called at {line}" if made.within else f"called at {line}"


# -- points and functions that cannot be checked -----------------------------------------------------


def nothing_to_differentiate(subject: Subject, what: str) -> str:
    return (
        f"[check] no {what} of {subject.label} is floating point, wanted at least one real or complex array; "
        "write 3.0 for 3, or x.astype(float)"
    )


def point_not_finite(subject: Subject) -> str:
    bad = int(numpy.argmax(~numpy.isfinite(subject.point)))
    return (
        f"[check] {subject.inputs.name(bad)} is {subject.point[bad]}, wanted finite arguments; "
        f"check {subject.label} at another point"
    )


def value_not_finite(subject: Subject, made: Made | None) -> str:
    bad = int(numpy.argmax(~numpy.isfinite(subject.value)))
    lines = [f"[check] {subject.results.name(bad)} of {subject.label} is {subject.value[bad]}"]
    if made is not None:
        lines += [f"  the first operation that is not finite is {made.primitive.name}, {place_of(made)}"]
        lines += operand_lines(made)
    return "\n".join([*lines, "wanted a point where the function is finite; check at another point"])


def unsteady(subject: Subject, again: Vector | None) -> str:
    return (
        f"[check] {subject.label} gave different results in two calls at the same point, wanted a function of its "
        "arguments alone; set the seed of random numbers inside the function, and let it not change what it reads"
    )
