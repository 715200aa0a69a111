"""CVODE of SUNDIALS, called from C with right-hand sides in C: the libraries are those that scikit-sundae brings along.

A. C. Hindmarsh et al., "SUNDIALS: Suite of nonlinear and differential/algebraic equation solvers" (2005).
"""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy

from ..rows import Call

PEER = "CVODE in C"

SOURCE = """
typedef int (*Slope)(double t, void *y, void *ydot, void *data);
int SUNContext_Create(int communicator, void **context);
int SUNContext_Free(void **context);
void *N_VMake_Serial(long n, double *values, void *context);
double *N_VGetArrayPointer(void *vector);
void N_VDestroy(void *vector);
void *SUNDenseMatrix(long rows, long columns, void *context);
void SUNMatDestroy(void *matrix);
void *SUNLinSol_Dense(void *vector, void *matrix, void *context);
int SUNLinSolFree(void *solver);
void *SUNNonlinSol_FixedPoint(void *vector, int acceleration, void *context);
int SUNNonlinSolFree(void *solver);
void *CVodeCreate(int method, void *context);
int CVodeInit(void *memory, Slope slope, double t, void *y);
int CVodeSStolerances(void *memory, double relative, double absolute);
int CVodeSetLinearSolver(void *memory, void *solver, void *matrix);
int CVodeSetNonlinearSolver(void *memory, void *solver);
int CVodeSetMaxNumSteps(void *memory, long most);
int CVode(void *memory, double last, void *y, double *t, int task);
void CVodeFree(void **memory);

static int lorenz(double t, void *y, void *ydot, void *data) {
    double *s = N_VGetArrayPointer(y), *out = N_VGetArrayPointer(ydot);
    out[0] = 10.0 * (s[1] - s[0]);
    out[1] = s[0] * (28.0 - s[2]) - s[1];
    out[2] = s[0] * s[1] - 8.0 / 3.0 * s[2];
    return 0;
}

static int rober(double t, void *y, void *ydot, void *data) {
    double *s = N_VGetArrayPointer(y), *out = N_VGetArrayPointer(ydot);
    double slow = 0.04 * s[0], fast = 3e7 * s[1] * s[1], burnt = 1e4 * s[1] * s[2];
    out[0] = -slow + burnt;
    out[1] = slow - burnt - fast;
    out[2] = fast;
    return 0;
}

int solve(int which, int is_stiff, int n, double *values, double last, double relative, double absolute) {
    void *context, *matrix = 0, *solver;
    double t;
    SUNContext_Create(0, &context);
    void *y = N_VMake_Serial(n, values, context);
    void *memory = CVodeCreate(is_stiff ? 2 : 1, context);
    CVodeInit(memory, which ? rober : lorenz, 0.0, y);
    CVodeSStolerances(memory, relative, absolute);
    CVodeSetMaxNumSteps(memory, 1000000);
    if (is_stiff) {
        matrix = SUNDenseMatrix(n, n, context);
        solver = SUNLinSol_Dense(y, matrix, context);
        CVodeSetLinearSolver(memory, solver, matrix);
    } else {
        solver = SUNNonlinSol_FixedPoint(y, 0, context);
        CVodeSetNonlinearSolver(memory, solver);
    }
    int flag = CVode(memory, last, y, &t, 1);
    CVodeFree(&memory);
    if (is_stiff) { SUNLinSolFree(solver); SUNMatDestroy(matrix); } else SUNNonlinSolFree(solver);
    N_VDestroy(y);
    SUNContext_Free(&context);
    return flag;
}
"""

PROBLEMS = ("lorenz", "rober")


def calls(name: str, y0: Sequence[float], last: float, rtol: float, atol: float, *, stiff: bool) -> Mapping[str, Call]:
    """The call that solves one of `PROBLEMS`; none if SUNDIALS or a compiler is not there."""
    solve = _solve()
    if solve is None:
        return {}
    numbers = [ctypes.c_double(value) for value in (last, rtol, atol)]

    def call() -> Any:
        values = numpy.array(y0, float)
        flag = solve(PROBLEMS.index(name), stiff, len(values), values.ctypes.data_as(ctypes.c_void_p), *numbers)
        if flag < 0:
            raise RuntimeError(f"[benchmarks] CVODE failed with {flag}")
        return values

    return {PEER: call}


def _solve() -> Any:
    found = find_spec("sksundae")
    compiler = shutil.which("cc")
    if found is None or found.origin is None or compiler is None:
        return None
    home = Path(found.origin).parent.parent / "scikit_sundae.libs"
    libraries = [str(path) for path in home.glob("*.so*")]
    with tempfile.TemporaryDirectory() as folder:
        program, library = Path(folder, "cvode.c"), Path(folder, "cvode.so")
        program.write_text(SOURCE)
        subprocess.run(
            [compiler, "-O3", "-shared", "-fPIC", str(program), "-o", str(library), *libraries, f"-Wl,-rpath,{home}"],
            check=True,
        )
        return ctypes.CDLL(str(library)).solve
