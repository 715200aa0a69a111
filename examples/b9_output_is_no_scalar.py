"""`backward()` on a result with two numbers: an error that says what to write, and both ways that it shows."""

from __future__ import annotations

from typing import Any

import numpy

import wengert as wg


def main() -> dict[str, Any]:
    wg.random.seed(0)
    linear, x = wg.nn.Linear(3, 2), wg.tensor([1.0, 2.0, 3.0], dtype="float32")

    y = linear(x)
    z = y**2
    try:
        z.backward()
    except RuntimeError as error:
        refusal = str(error)
        print(refusal)

    z.sum().backward(retain_graph=True)
    summed = linear.weight.grad.numpy().copy()
    by_hand = 2 * numpy.outer(y.detach().numpy(), x.numpy())
    print("after z.sum().backward(), linear.weight.grad is", summed, "and by hand", by_hand, sep="\n")

    linear.weight.grad = None
    z.backward(numpy.array([1.0, 0.0], "float32"))
    first = linear.weight.grad.numpy()
    print("after z.backward([1, 0]), of the first number alone", first, sep="\n")
    return {"refusal": refusal, "summed": summed, "by hand": by_hand, "first": first}


if __name__ == "__main__":
    main()
