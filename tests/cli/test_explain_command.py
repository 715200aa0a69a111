"""``wengert explain`` prints the list, writes drawings whole or not at all, and errors in one line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from wengert.cli import main

MODEL = """
import numpy
import wengert as wg
import wengert.numpy as np

NUMBER = 3

def f(x1, x2):
    return np.log(x1) + x1 * x2 - np.sin(x2)

def of_array(w, x):
    return np.sum(np.tanh(w @ x))

def of_nesting(p):
    return p["a"] * p["b"][0]

def vector(x):
    return np.stack([x, x])

def raising(x):
    if x > 1:
        raise ValueError("not\\nthis")
    return x

def talkative(x):
    print("called")
    return x * x

def kinked(x):
    return np.abs(x)

wrong = wg.custom_derivative(lambda x: x**2, jvp=lambda primals, out, tangents: 3 * primals[0] * tangents[0])

def uses_wrong(x):
    return wrong(x)

def many(x):
    for _ in range(500):
        x = np.sin(x)
    return x
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "model.py").write_text(MODEL)
    (tmp_path / "broken.py").write_text("import wengert\n\nx = (1,\n")
    (tmp_path / "raises.py").write_text("a = 1\nb = a / 0\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def explain(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["explain", *arguments])


def test_the_list_and_its_figures_are_printed(folder: Path) -> None:
    result = explain("model.py:f", "--at", "[2.0, 5]")
    assert (result.exit_code, result.stderr) == (0, "")
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert "Primal trace Tangent trace Adjoint trace (read upwards)" in lines
    assert "v-1 = x1 = 2 dv-1 = 1 av-1 = 0.5 av1 + 5 av2 = 5.5" in lines
    assert "v2 = multiply(v-1, v0) = 10 dv2 = 5 dv-1 + 2 dv0 = 5 av2 = av3 = 1" in lines
    assert "y = v5 = 11.6521 dy = dv5 = 5.5 ay = 1" in lines
    figures = lines[lines.index("value 11.6521") :]
    assert figures[:5] == [
        "value 11.6521",
        "gradient x1: 5.5, x2: 1.71634",
        "along direction 5.5",
        "check passed 3 tests: both modes agree with each other and with differences",
        "operations 5",
    ]
    assert figures[5].startswith("cost the gradient took ")


def test_the_direction_is_that_of_the_tangents(folder: Path) -> None:
    result = explain("model.py:f", "--at", "[2, 5]", "--direction", "[0, 1]")
    assert "dv-1 = 0 " in result.stdout
    assert "dy = dv5 = 1.71634" in result.stdout


def test_arrays_and_nestings_are_given_as_literals(folder: Path) -> None:
    arrays = explain("model.py:of_array", "--at", "[[[1, 0], [0, 1]], [0.5, 0.25]]")
    assert "v1 = matmul(v-1, v0) = [0.5, 0.25]" in arrays.stdout
    nested = explain("model.py:of_nesting", "--at", "[{'a': 2, 'b': (3,)}]")
    assert "gradient         p['a']: 3, p['b'][0]: 2" in nested.stdout


def test_what_the_function_prints_is_printed_once(folder: Path) -> None:
    assert explain("model.py:talkative", "--at", "[3.0]").stdout.count("called") == 1


def test_drawings_are_written(folder: Path) -> None:
    result = explain("model.py:f", "--at", "[2.0, 5.0]", "--svg", "f.svg", "--dot", "f.dot")
    assert result.exit_code == 0
    assert result.stdout.endswith("wrote f.dot\nwrote f.svg\n")
    assert ElementTree.parse(folder / "f.svg").getroot().tag == "{http://www.w3.org/2000/svg}svg"
    assert (folder / "f.dot").read_text().startswith('digraph "f" {')
    assert sorted(p.name for p in folder.iterdir() if p.suffix not in (".py", "")) == ["f.dot", "f.svg"]


def test_a_failed_check_is_reported_with_exit_code_1(folder: Path) -> None:
    result = explain("model.py:uses_wrong", "--at", "[2.0]")
    assert result.exit_code == 1
    (line,) = [line for line in result.stdout.splitlines() if line.startswith("check ")]
    assert line.split()[1] == "failed:"
    assert "wrong" in line


def refusal(*arguments: str) -> str:
    """The one line that an error prints."""
    result = explain(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.count("\n") == 1
    return result.stderr.rstrip("\n")


def test_no_file(folder: Path) -> None:
    assert refusal("modle.py:f", "--at", "[1.0]") == (
        f"[explain] there is no file 'modle.py' in {folder}, wanted a Python file; write its path, "
        "as in path/to/modle.py:f"
    )


@pytest.mark.parametrize(
    ("target", "instead"),
    [("model.py", "model.py:FUNCTION"), ("model.py:", "model.py:FUNCTION"), (":f", ":f:FUNCTION")],
)
def test_no_function_named(folder: Path, target: str, instead: str) -> None:
    assert refusal(target, "--at", "[1.0]") == (
        f"[explain] {target!r} does not name a function, wanted a file and a function in it; write {instead}"
    )


def test_no_such_function(folder: Path) -> None:
    assert refusal("model.py:g", "--at", "[1.0]") == (
        "[explain] there is no function 'g' in model.py, wanted one of its functions; "
        "write f or of_array or of_nesting or vector or raising"
    )


def test_not_a_function(folder: Path) -> None:
    assert refusal("model.py:NUMBER", "--at", "[1.0]") == (
        "[explain] 'NUMBER' in model.py is of type int, wanted a function; "
        "write f or of_array or of_nesting or vector or raising"
    )


def test_a_file_that_is_not_python(folder: Path) -> None:
    assert refusal("broken.py:f", "--at", "[1.0]") == (
        "[explain] broken.py raised SyntaxError on line 3 ('(' was never closed (broken.py, line 3)) when it was "
        "loaded, wanted a file that runs; write python broken.py to see it by itself"
    )


def test_a_file_that_raises(folder: Path) -> None:
    assert refusal("raises.py:f", "--at", "[1.0]") == (
        "[explain] raises.py raised ZeroDivisionError on line 2 (division by zero) when it was loaded, "
        "wanted a file that runs; write python raises.py to see it by itself"
    )


def test_a_file_without_the_ending_of_python(folder: Path) -> None:
    (folder / "model.txt").write_text("f = 1")
    assert refusal("model.txt:f", "--at", "[1.0]") == (
        "[explain] model.txt is not a Python file, wanted a name that ends in .py; rename it model.py"
    )


def test_no_point(folder: Path) -> None:
    assert refusal("model.py:f") == (
        "[explain] no point was given, wanted the arguments of the function; "
        "write wengert explain model.py:f --at '[2.0, 5.0]'"
    )


@pytest.mark.parametrize("option", ["--at", "--direction"])
def test_not_a_literal(folder: Path, option: str) -> None:
    point = [] if option == "--at" else ["--at", "[2, 5]"]
    assert refusal("model.py:f", *point, option, "[2.0, x]") == (
        f"[explain] {option} '[2.0, x]' is not a Python literal, wanted the list of the arguments in numbers; "
        f"write {option} '[2.0, 5.0]' for two numbers, {option} '[[1.0, 2.0]]' for one array"
    )


def test_not_a_list(folder: Path) -> None:
    assert refusal("model.py:raising", "--at", "2.0") == (
        "[explain] --at '2.0' is of type float, wanted the list of the arguments; write --at '[2.0]'"
    )


@pytest.mark.parametrize(
    ("literal", "shown"),
    [("['2']", "'2'"), ("[[[1.0], [1.0, 2.0]]]", "[[1.0], [1.0, 2.0]]"), ("[None]", "None"), ("[[{1}]]", "[{1}]")],
)
def test_not_numbers(folder: Path, literal: str, shown: str) -> None:
    assert refusal("model.py:raising", "--at", literal) == (
        f"[explain] --at has the argument {shown}, wanted numbers, or lists of numbers of one length; "
        "write [[1.0, 2.0], [3.0, 4.0]] for a matrix"
    )


@pytest.mark.parametrize(
    ("literal", "counted"), [("[2.0]", "1 argument"), ("[]", "0 arguments"), ("[1, 2, 3]", "3 arguments")]
)
def test_wrong_number_of_arguments(folder: Path, literal: str, counted: str) -> None:
    assert refusal("model.py:f", "--at", literal) == (
        f"[explain] --at gives {counted}, wanted those of f(x1, x2); write --at '[1.0, 1.0]' with your numbers"
    )


def test_a_function_that_raises(folder: Path) -> None:
    assert refusal("model.py:raising", "--at", "[2.0]") == (
        "[explain] raising raised ValueError on line 22 (not this), wanted a value at the point given; "
        "write another --at, or --debug for the traceback"
    )


def test_a_result_that_is_not_a_scalar(folder: Path) -> None:
    assert refusal("model.py:vector", "--at", "[2.0]") == (
        "[explain] the function returned shape (2,) of dtype float64, wanted one real number, since a gradient "
        "belongs to one; write its sum, one of its elements, or abs(z) for a complex one"
    )


def test_a_direction_that_does_not_fit(folder: Path) -> None:
    assert refusal("model.py:f", "--at", "[2, 5]", "--direction", "[1, [1, 2]]") == (
        "[explain] the direction[1] has shape (2,), wanted (); write a direction of the shape of what it belongs to"
    )


def test_a_drawing_too_large_to_read(folder: Path) -> None:
    assert refusal("model.py:many", "--at", "[1.0]", "--svg", "many.svg") == (
        "[explain] the list has 501 lines, wanted at most 400 to draw; "
        "write a smaller case: fewer turns of a loop, or arrays instead of loops"
    )
    assert not (folder / "many.svg").exists()


def test_a_drawing_into_a_folder_that_does_not_exist(folder: Path) -> None:
    result = explain("model.py:f", "--at", "[2, 5]", "--svg", "pictures/f.svg")
    assert result.exit_code == 2
    assert result.stderr == (
        "[explain] --svg pictures/f.svg cannot be written (No such file or directory), wanted a file in a folder "
        "that exists; write --svg f.svg for one in this folder\n"
    )


def test_debug_prints_the_traceback_as_well(folder: Path) -> None:
    result = explain("model.py:raising", "--at", "[2.0]", "--debug")
    assert result.exit_code == 2
    assert result.stderr.startswith("Traceback (most recent call last):\n")
    assert 'raise ValueError("not\\nthis")' in result.stderr
    assert result.stderr.splitlines()[-1].startswith("[explain] raising raised ValueError on line 22 (not this)")


def test_it_runs_as_a_program(folder: Path) -> None:
    code = "from wengert.cli import main; main()"
    arguments = [sys.executable, "-c", code, "explain", "model.py:f", "--at", "[2.0, 5.0]"]
    done = subprocess.run(arguments, capture_output=True, cwd=folder, env={"PYTHONIOENCODING": "ascii"}, check=True)
    assert b"v1 = log(v-1) = 0.693147" in done.stdout
    assert b"\x1b" not in done.stdout
