"""Functions of C that exported source needs beside ``math.h``; those that are called are written out before."""

from __future__ import annotations

import re
from collections.abc import Iterator

_FLOATING = {
    "scale": """
/* x * y, and 0 where one of them is 0, whatever the other is */
static inline T scale_K(T x, T y) {
    return (x == 0 && !isfinite(y)) || (y == 0 && !isfinite(x)) ? 0 : x * y;
}""",
    "clear": """
/* x, and 0 where its product with y would be one of 0 and of what is not finite */
static inline T clear_K(T x, T y) {
    return (x == 0 && !isfinite(y)) || (y == 0 && !isfinite(x)) ? 0 : x;
}""",
    "open_mask": """
/* 1, and 0 where the product of x and y would be one of 0 and of what is not finite */
static inline T open_mask_K(T x, T y) {
    return (x == 0 && !isfinite(y)) || (y == 0 && !isfinite(x)) ? 0 : 1;
}""",
    "direction": """
/* x / hypot(x, y); 0 at the origin */
static inline T direction_K(T x, T y) {
    const T radius = hypotF(x, y);
    if (isinf(x) && isfinite(y)) return copysignF(1, x);
    return radius == 0 ? 0 : x / radius;
}""",
    "sign": """
/* -1, 0 or 1; NaN of NaN */
static inline T sign_K(T x) {
    return x > 0 ? 1 : x < 0 ? -1 : x == 0 ? 0 : x;
}""",
    "maximum": """
/* the larger one; NaN if one is */
static inline T maximum_K(T x, T y) {
    return x > y || isnan(x) ? x : y;
}""",
    "minimum": """
/* the smaller one; NaN if one is */
static inline T minimum_K(T x, T y) {
    return x < y || isnan(x) ? x : y;
}""",
    "logaddexp": """
/* log(exp(x) + exp(y)) */
static inline T logaddexp_K(T x, T y) {
    const T gap = x == y ? 0 : x - y;
    return maximum_K(x, y) + log1pF(expF(-fabsF(gap)));
}""",
    "floor_remainder": """
/* x - floor(x / y) * y, with the sign of y */
static inline T floor_remainder_K(T x, T y) {
    const T rest = fmodF(x, y);
    return rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest == 0 ? copysignF(0, y) : rest;
}""",
    "floor_quotient": """
/* floor(x / y), without the error of the division */
static inline T floor_quotient_K(T x, T y) {
    return y == 0 ? x / y : rintF((x - floor_remainder_K(x, y)) / y);
}""",
    "cholesky": """
/* the lower Cholesky factor of a matrix of n rows, in its place */
static void cholesky_K(int n, T *a) {
    for (int j = 0; j < n; j++) {
        for (int k = 0; k < j; k++) a[j * n + j] -= a[j * n + k] * a[j * n + k];
        a[j * n + j] = sqrtF(a[j * n + j]);
        for (int i = j + 1; i < n; i++) {
            for (int k = 0; k < j; k++) a[i * n + j] -= a[i * n + k] * a[j * n + k];
            a[i * n + j] /= a[j * n + j];
            a[j * n + i] = 0;
        }
    }
}""",
    "substitute": """
/* the x with a x = b for a triangle a of n rows, in the place of b, of m columns */
static inline void substitute_K(int n, int m, int lower, int has_ones, const T *a, T *b) {
    for (int turn = 0; turn < n; turn++) {
        const int i = lower ? turn : n - 1 - turn;
        for (int k = lower ? 0 : i + 1; k < (lower ? i : n); k++)
            for (int j = 0; j < m; j++) b[i * m + j] -= a[i * n + k] * b[k * m + j];
        if (!has_ones)
            for (int j = 0; j < m; j++) b[i * m + j] /= a[i * n + i];
    }
}""",
    "eliminate": """
/* Gaussian elimination with row pivots in a, of n rows, and in b, of m columns; the determinant of a */
static inline T eliminate_K(int n, int m, T *a, T *b) {
    T determinant = 1;
    for (int k = 0; k < n; k++) {
        int pivot = k;
        for (int i = k + 1; i < n; i++)
            if (fabsF(a[i * n + k]) > fabsF(a[pivot * n + k])) pivot = i;
        if (pivot != k) {
            determinant = -determinant;
            for (int j = 0; j < n; j++) {
                const T held = a[k * n + j];
                a[k * n + j] = a[pivot * n + j];
                a[pivot * n + j] = held;
            }
            for (int j = 0; j < m; j++) {
                const T held = b[k * m + j];
                b[k * m + j] = b[pivot * m + j];
                b[pivot * m + j] = held;
            }
        }
        determinant *= a[k * n + k];
        for (int i = k + 1; i < n; i++) {
            const T factor = a[i * n + k] / a[k * n + k];
            for (int j = k + 1; j < n; j++) a[i * n + j] -= factor * a[k * n + j];
            for (int j = 0; j < m; j++) b[i * m + j] -= factor * b[k * m + j];
        }
    }
    return determinant;
}""",
    "solve": """
/* the x with a x = b in the place of b, of m columns; a is used up; not finite where a is singular */
static inline void solve_K(int n, int m, T *a, T *b) {
    eliminate_K(n, m, a, b);
    substitute_K(n, m, 0, 0, a, b);
}""",
}
"""For T of double and float, where K is the name of the dtype and F the end of the names of functions."""

_WHOLE = {
    "floor_divide": """
/* the quotient, rounded down; 0 where y is */
static inline T floor_divide_K(T x, T y) {
    return y == 0 ? 0 : x / y - (x % y != 0 && (x < 0) != (y < 0));
}""",
    "remainder": """
/* the remainder, with the sign of y; 0 where y is */
static inline T remainder_K(T x, T y) {
    return y == 0 ? 0 : x % y + (x % y != 0 && (x < 0) != (y < 0) ? y : 0);
}""",
    "power": """
/* x to a power that is not negative */
static inline T power_K(T x, T y) {
    T result = 1;
    for (; y > 0; y /= 2, x *= x)
        if (y % 2) result *= x;
    return result;
}""",
}
"""For whole numbers."""

_INDEX = """
/* an index of an axis as a place on it; negative ones count from the end */
static inline int64_t index_within(int64_t index, int64_t length) {
    assert(-length <= index && index < length);
    return index < 0 ? index + length : index;
}"""

_KINDS = {
    "float64": ("double", "", _FLOATING),
    "float32": ("float", "f", _FLOATING),
    "int64": ("int64_t", "", _WHOLE),
    "int32": ("int32_t", "", _WHOLE),
}


def _every() -> Iterator[tuple[str, str]]:
    yield "index_within", _INDEX
    for kind, (ctype, suffix, templates) in _KINDS.items():
        for name, template in templates.items():
            text = re.sub(r"\bT\b", ctype, template)
            text = re.sub(r"(\w+)_K\b", rf"\1_{kind}", text)
            yield f"{name}_{kind}", re.sub(r"\b([a-z0-9]+)F\(", rf"\1{suffix}(", text)


HELPERS = dict(_every())
"""Our own functions of C by name, each after those that it calls."""


def called(text: str) -> list[str]:
    """The functions that a text calls, and those that these call, in an order in which they can be defined."""
    found: set[str] = set()
    waiting = [text]
    while waiting:
        new = {name for name in re.findall(r"\w+", waiting.pop()) if name in HELPERS} - found
        found |= new
        waiting += [HELPERS[name] for name in new]
    return [HELPERS[name] for name in HELPERS if name in found]
