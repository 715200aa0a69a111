"""A wrong gradient is found by `check`, and a number that is not finite is traced to its line.

The function is the log-likelihood of a mixture of two normal distributions, as one writes it first: right, but its
logarithm underflows far from both means. A rule written by hand for the density has one sign wrong.
"""

from __future__ import annotations

from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np

MEANS = numpy.array([-1.0, 2.0])
NEAR = numpy.array([-1.3, 0.4, 2.1])
FAR = numpy.array([-1.3, 0.4, 60.0])


def density(x: Any, mean: Any) -> Any:
    return np.exp(-((x - mean) ** 2) / 2)


@wg.custom_derivative(vjp=lambda primals, out, ct: (-(primals[0] - primals[1]) * out * ct,) * 2)
def density_by_hand(x: Any, mean: Any) -> Any:
    return density(x, mean)


def likelihood(means: Any, x: Any, bell: Any = density) -> Any:
    mixture = bell(x, means[0] + 0 * x) + bell(x, means[1] + 0 * x)
    return np.sum(np.log(mixture))


def wrong_likelihood(means: Any, x: Any) -> Any:
    return likelihood(means, x, density_by_hand)


def stable_likelihood(means: Any, x: Any) -> Any:
    return np.sum(np.logaddexp(-((x - means[0]) ** 2) / 2, -((x - means[1]) ** 2) / 2))


def main() -> dict[str, Any]:
    report = wg.check(likelihood, MEANS, NEAR)
    print(report)
    try:
        wg.check(wrong_likelihood, MEANS, NEAR)
    except wg.GradientError as error:
        wrong = str(error)
    print("\nThe rule written by hand:\n" + wrong)

    with numpy.errstate(divide="ignore"):
        slope = wg.grad(likelihood)(MEANS, FAR)
    print(f"\nA datum far away: the gradient is {slope}. With trace_nans:")
    try:
        with wg.trace_nans():
            wg.grad(likelihood)(MEANS, FAR)
    except FloatingPointError as error:
        traced = str(error)
    print(traced)

    with wg.trace_nans():
        stable = wg.grad(stable_likelihood)(MEANS, FAR)
    print(f"\nWith logaddexp the gradient is {stable}.")
    return {"worst": report.worst, "wrong": wrong, "slope": slope, "traced": traced, "stable": stable}


if __name__ == "__main__":
    main()
