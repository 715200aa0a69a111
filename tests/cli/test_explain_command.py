"""``wengert explain`` prints the list, writes drawings whole or not at all, and errors in one line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

import wengert as wg
from wengert.cli import main
from wengert.cli.explain import _coloured

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
    for kind in numpy.random.default_rng(1).integers(4, size=500):
        x = (np.sin, np.cos, np.tanh, np.arctan)[kind](x)
    return x

def squares(x):
    return np.stack([x, x * x])

def keyword(x, *, scale):
    return scale * x

class Model:
    def __init__(self):
        self.w = wg.tensor([0.5, -1.0], requires_grad=True)

    def loss(self, x):
        return np.sum(self.w * x)

    @wg.jit
    def steps(self, x):
        for _ in range(4):
            x = x - 0.25 * (x * x - self.w[0])
        return x

class Sized:
    def __init__(self, n):
        self.n = n

    def loss(self, x):
        return self.n * x

class Broken:
    def __init__(self):
        raise OSError("no data")

    def loss(self, x):
        return x

sized = Sized(3)

@wg.jit
def training_step(rate):
    loss = np.sum(model.w**2)
    model.w.grad = None
    loss.backward()
    with wg.no_grad():
        model.w.copy_(model.w - rate * model.w.grad)
    return loss

model = Model()

def leaves(x):
    raise SystemExit(3)

class Unusual(BaseException):
    pass

def unusual(x):
    raise Unusual("strange")

def named(**values):
    return values["a"] * 2

def declared(x: float, n: int, mode: str = "sin", *, twice: "bool" = False):
    for _ in range(n):
        x = getattr(np, mode)(x)
    return 2 * x if twice else x
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
    assert "x1 = 2 dx1 = 1" in lines
    assert "v2 = x1 * x2 = 10 dv2 = 5 dx1 + 2 dx2 = 5" in lines
    assert "ax1 = 0.5 av1 + 5 av2 = 5.5" in lines
    assert "y = v5 = 11.6521 dy = dv5 = 5.5" in lines
    assert max(map(len, result.stdout.splitlines())) <= 80
    figures = lines[lines.index("value 11.6521") :]
    assert figures == [
        "value 11.6521",
        "gradient x1: 5.5, x2: 1.71634",
        "operations 5",
        "along direction 5.5",
        "check passed 3 tests: both modes and differences agree",
    ]


def test_the_direction_is_that_of_the_tangents(folder: Path) -> None:
    result = explain("model.py:f", "--at", "[2, 5]", "--direction", "[0, 1]")
    assert "dx1 = 0" in result.stdout
    assert "dy = dv5 = 1.71634" in result.stdout
    assert explain("model.py:f", "--at", "2, 5", "--direction", "x2=1").stdout == result.stdout


def test_arrays_and_nestings_are_given_as_literals(folder: Path) -> None:
    arrays = explain("model.py:of_array", "--at", "[[[1, 0], [0, 1]], [0.5, 0.25]]")
    assert "v1 = w @ x = [0.5, 0.25]" in arrays.stdout
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
        f"[explain] there is no file 'modle.py' in {folder}, wanted a Python file; write model.py:f"
    )
    assert refusal("elsewhere/other.py:f", "--at", "[1.0]") == (
        f"[explain] there is no file 'elsewhere/other.py' in {folder}, wanted a Python file; write its path, "
        "as in path/to/other.py:f"
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
    assert refusal("model.py:of_aray", "--at", "[1.0]").endswith("; write of_array")
    assert refusal("model.py:Model.los", "--at", "[1.0]").endswith("; write Model.loss")


def test_not_a_function(folder: Path) -> None:
    assert refusal("model.py:NUMBER", "--at", "[1.0]") == (
        "[explain] 'NUMBER' in model.py is of type int, wanted a function or a method; "
        "write f or of_array or of_nesting or vector or raising"
    )
    assert refusal("model.py:Model", "--at", "[1.0]") == (
        "[explain] 'Model' in model.py is a class, wanted a function or a method; write Model.loss or Model.steps"
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
        "write wengert explain model.py:f --at 'x1=1.0, x2=1.0'"
    )


@pytest.mark.parametrize("option", ["--at", "--direction"])
def test_not_a_literal(folder: Path, option: str) -> None:
    point = [] if option == "--at" else ["--at", "[2, 5]"]
    assert refusal("model.py:f", *point, option, "[2.0, x]") == (
        f"[explain] {option} '[2.0, x]' is not made of Python literals, wanted numbers and lists of numbers; "
        f"write {option} 2.0,5.0 for two numbers, {option} '[[1.0, 2.0]]' for one array"
    )


@pytest.mark.parametrize(
    "at",
    [
        ["--at", "2.0,5.0"],
        ["--at", "2.0", "5.0"],
        ["--at=2.0", "--at=5.0"],
        ["--at", "x1=2.0, x2=5.0"],
        ["--at", "x2=5.0", "--at", "x1=2"],
        ["--at", "2.0", "--at", "x2=5.0"],
        ["--at", "(2.0)", "5"],
        ["--at", "[2.0,", "5.0]"],
    ],
)
def test_a_point_is_given_as_in_a_call(folder: Path, at: list[str]) -> None:
    assert explain(*at, "model.py:f").stdout == explain("model.py:f", "--at", "[2.0, 5.0]").stdout


def test_negative_numbers_are_no_options(folder: Path) -> None:
    assert "x = -2" in explain("model.py:kinked", "--at", "-2").stdout
    assert explain("model.py:f", "--at", "2", "-5", "--direction", "-1", "1").exit_code == 0


def test_a_list_is_an_array_where_only_that_fits(folder: Path) -> None:
    assert "x = [2, 3]" in explain("model.py:vector", "--at", "[2, 3]", "--component", "1,0").stdout
    assert "x = 2" in explain("model.py:kinked", "--at", "[2]").stdout


def test_arguments_by_keyword_only_are_given(folder: Path) -> None:
    result = explain("model.py:keyword", "--at", "2.0", "--at", "scale=3.0")
    assert "gradient         x: 3, scale: 2" in result.stdout


@pytest.mark.parametrize(("option", "value"), [("--component", "1"), ("--component", "-1"), ("--cotangent", "0,1")])
def test_one_number_of_a_result_is_chosen(folder: Path, option: str, value: str) -> None:
    result = explain("model.py:squares", "--at", "3", option, value)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "gradient         x: 6" in result.stdout


def test_a_component_that_is_not_there(folder: Path) -> None:
    assert refusal("model.py:squares", "--at", "3", "--component", "5") == (
        "[explain] the component 5 was asked for of a result of shape (2,), wanted an index of it; write 0 for the "
        "first element, (0, 1) for one of a matrix"
    )
    assert refusal("model.py:squares", "--at", "3", "--component", "k=1") == (
        "[explain] --component 'k=1' names something or nothing, wanted numbers; write --component 1 or --component 0,1"
    )


def test_a_method_is_that_of_a_new_object(folder: Path) -> None:
    result = explain("model.py:Model.loss", "--at", "x=[2, 3]")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "self.w = [0.5, -1]" in result.stdout
    assert "gradient         x: [0.5, -1], self.w: [2, 3]" in result.stdout
    assert "gradient         x: 3" in explain("model.py:sized.loss", "--at", "2").stdout


def test_a_compiled_method_is_opened_and_its_turns_are_folded(folder: Path) -> None:
    result = explain("model.py:Model.steps", "--at", "1.0")
    assert "4 turns of 5 operations, carrying v5 (x at first); turn 1:" in result.stdout
    assert "call" not in result.stdout


def test_a_training_step_shows_the_parameters_that_it_finds(folder: Path) -> None:
    result = explain("model.py:training_step", "--at", "0.1")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "model.w = [0.5, -1]" in result.stdout
    assert "gradient         rate: 0, model.w: [1, -2]" in result.stdout
    assert "check            not made: it writes what it reads, so that calls differ" in result.stdout


def test_a_class_that_is_made_with_arguments(folder: Path) -> None:
    assert refusal("model.py:Sized.loss", "--at", "1") == (
        "[explain] Sized in model.py is made with arguments, Sized(n), wanted a class without, or an object; "
        "write sized = Sized(...) into the file, and explain model.py:sized.loss"
    )
    assert refusal("model.py:Broken.loss", "--at", "1") == (
        "[explain] Broken() raised OSError on line 70 (no data), wanted an object whose method loss is explained; "
        "write a variable with one into the file, and explain model.py:VARIABLE.loss"
    )


def test_a_function_that_leaves_python(folder: Path) -> None:
    assert refusal("model.py:leaves", "--at", "1") == (
        "[explain] leaves raised SystemExit on line 89 (3), wanted a value at the point given; "
        "write another --at, or --debug for the traceback"
    )
    (folder / "leaves.py").write_text("import sys\nsys.exit('enough')\n")
    assert refusal("leaves.py:f", "--at", "1").startswith(
        "[explain] leaves.py raised SystemExit on line 2 (enough) when"
    )


def test_whatever_a_function_raises_is_one_line(folder: Path) -> None:
    assert refusal("model.py:unusual", "--at", "1") == (
        "[explain] unusual raised Unusual on line 95 (strange), wanted a value at the point given; "
        "write another --at, or --debug for the traceback"
    )


def test_a_point_that_is_not_finite_is_not_checked(folder: Path) -> None:
    result = explain("model.py:kinked", "--at", "1e400")
    assert result.exit_code == 0
    assert "check            not made: the point is not finite" in result.stdout


def test_arguments_that_have_names_only(folder: Path) -> None:
    assert "gradient         values['a']: 2" in explain("model.py:named", "--at", "a=1").stdout
    assert refusal("model.py:named", "--at", "1") == (
        "[explain] --at gives 1 argument, wanted those of named(**values); write --at NAME=1.0 with your numbers"
    )


@pytest.mark.parametrize(
    ("at", "shown"),
    [("0.5,2", "sin(v1)"), ("0.5, 1, mode='cos'", "cos(x)"), ("x=0.5, n=1, twice=True", "2 * v1")],
)
def test_arguments_that_are_declared_as_no_floats_are_passed_as_they_are(folder: Path, at: str, shown: str) -> None:
    result = explain("model.py:declared", "--at", at, "--direction", "2")
    assert (result.exit_code, result.stderr) == (0, "")
    assert shown in result.stdout
    assert "x = 0.5 " in result.stdout
    assert "n = " not in result.stdout


def test_a_picture_that_is_a_folder(folder: Path) -> None:
    assert refusal("model.py:f", "--at", "2,5", "--svg", ".") == (
        "[explain] Invalid value for '--svg': File '.' is a directory, wanted the name of a file; "
        "write --svg picture.svg"
    )


def test_an_option_that_is_not_there_is_told_with_those_that_are_near(folder: Path) -> None:
    assert refusal("model.py:f", "--componet", "1") == (
        "[explain] there is no option --componet, wanted one of --at, --direction, --component, --cotangent, "
        "--debug, --dot, --svg; write --component"
    )
    assert refusal() == (
        "[explain] Missing argument 'FILE.py:FUNCTION', wanted a function and its point; "
        "write wengert explain FILE.py:FUNCTION --at 2.0,5.0"
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
        f"[explain] --at gives {counted}, wanted those of f(x1, x2); write --at 'x1=1.0, x2=1.0' with your numbers"
    )


def test_a_function_that_raises(folder: Path) -> None:
    assert refusal("model.py:raising", "--at", "[2.0]") == (
        "[explain] raising raised ValueError on line 22 (not this), wanted a value at the point given; "
        "write another --at, or --debug for the traceback"
    )


def test_a_result_that_is_not_a_scalar(folder: Path) -> None:
    assert refusal("model.py:vector", "--at", "[2.0]") == (
        "[explain] the function returned shape (2,) of dtype float64, wanted one real number, since a gradient "
        "belongs to one; write component=0 (or --component 0) for one of its elements"
    )


def test_a_direction_that_does_not_fit(folder: Path) -> None:
    assert refusal("model.py:f", "--at", "[2, 5]", "--direction", "[1, [1, 2]]") == (
        "[explain] the direction[1] has shape (2,), wanted (); write a direction of the shape of what it belongs to"
    )


def test_a_drawing_too_large_to_read(folder: Path) -> None:
    assert refusal("model.py:many", "--at", "[1.0]", "--svg", "many.svg") == (
        "[explain] the drawing has 501 boxes, wanted at most 400 to be legible; "
        "write a smaller case: fewer operations, or arrays instead of many numbers"
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


@pytest.mark.parametrize("width", [50, 80, 200])
def test_colours_change_nothing_but_the_colour(folder: Path, width: int) -> None:
    explained = wg.explain(lambda x: [x := x + 1 / x for _ in range(9)][-1] if x > 0 else x, 1.7)
    text = explained.text(width)
    coloured = _coloured(explained, width, text)
    assert coloured.plain == text
    assert {"bold", "cyan", "yellow", "dim"} <= {str(span.style) for span in coloured.spans}
    assert max(map(len, text.splitlines())) <= width


def test_it_runs_as_a_program(folder: Path) -> None:
    arguments = [sys.executable, "-m", "wengert", "explain", "model.py:f", "--at", "[2.0, 5.0]"]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(arguments, capture_output=True, cwd=folder, env=environment, check=True)
    assert b"v1 = log(x1) = 0.693147" in done.stdout
    assert b"\x1b" not in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
