"""A recurrent network that predicts the next letter, unrolled by Python, trained by Adam."""

import autograd.numpy as np
import autograd.numpy.random as npr
from autograd import grad
from autograd.misc.optimizers import adam
from autograd.scipy.special import logsumexp

TEXT = "abcabdabcabdabcabd"
LETTERS = sorted(set(TEXT))


def one_hot(text):
    return np.array([[float(letter == each) for each in LETTERS] for letter in text])


def initial(size, scale, rs):
    inputs = len(LETTERS)
    return {
        "start": scale * rs.randn(1, size),
        "change": scale * rs.randn(inputs + size + 1, size),
        "predict": scale * rs.randn(size + 1, inputs),
    }


def concat_and_multiply(weights, *args):
    rows = np.hstack(args + (np.ones((args[0].shape[0], 1)),))
    return np.dot(rows, weights)


def outputs(params, inputs):
    hidden = np.repeat(params["start"], 1, axis=0)
    scores = []
    for row in inputs:
        hidden = np.tanh(concat_and_multiply(params["change"], row[None, :], hidden))
        logits = concat_and_multiply(params["predict"], hidden)
        scores.append(logits - logsumexp(logits, axis=1, keepdims=True))
    return scores


def loss(params, step=0):
    encoded = one_hot(TEXT)
    scores = outputs(params, encoded[:-1])
    return -sum(np.sum(s * row) for s, row in zip(scores, encoded[1:])) / (len(TEXT) - 1)


params = initial(8, 0.3, npr.RandomState(2))
print(round(float(loss(params)), 5))
trained = adam(grad(loss), params, step_size=0.05, num_iters=40)
print(round(float(loss(trained)), 4))
print("".join(LETTERS[int(np.argmax(s))] for s in outputs(trained, one_hot("abcab"))))
