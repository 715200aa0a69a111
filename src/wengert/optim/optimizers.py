"""The optimizers by their names in PyTorch: each keeps the state of a rule, whose hyperparameters it takes."""

from typing import Final

from . import adaptive, descent, matrices, moments
from .optimizer import OfOneRule


class SGD(OfOneRule):
    """Stochastic gradient descent, with momentum if asked for: the `Optimizer` of `sgd`."""

    rule: Final = staticmethod(descent.sgd)


class Lion(OfOneRule):
    """The sign of an average of gradients: the `Optimizer` of `lion`."""

    rule: Final = staticmethod(descent.lion)


class Adagrad(OfOneRule):
    """Steps divided by the root of the sum of all squared gradients: the `Optimizer` of `adagrad`."""

    rule: Final = staticmethod(adaptive.adagrad)


class Adadelta(OfOneRule):
    """Steps in the units of the parameters: the `Optimizer` of `adadelta`."""

    rule: Final = staticmethod(adaptive.adadelta)


class RMSprop(OfOneRule):
    """Steps divided by the root of an average of squared gradients: the `Optimizer` of `rmsprop`."""

    rule: Final = staticmethod(adaptive.rmsprop)


class Adam(OfOneRule):
    """An average of gradients, divided by the root of an average of their squares: the `Optimizer` of `adam`."""

    rule: Final = staticmethod(moments.adam)


class AdamW(OfOneRule):
    """Adam with decoupled weight decay: the `Optimizer` of `adamw`."""

    rule: Final = staticmethod(moments.adamw)


class Adamax(OfOneRule):
    """Adam with the largest gradient in place of the root of squares: the `Optimizer` of `adamax`."""

    rule: Final = staticmethod(moments.adamax)


class NAdam(OfOneRule):
    """Adam with Nesterov's momentum: the `Optimizer` of `nadam`."""

    rule: Final = staticmethod(moments.nadam)


class RAdam(OfOneRule):
    """Adam that trusts its measure only when enough gradients are in it: the `Optimizer` of `radam`."""

    rule: Final = staticmethod(moments.radam)


class LAMB(OfOneRule):
    """Adam's direction, as long as the parameter itself: the `Optimizer` of `lamb`."""

    rule: Final = staticmethod(matrices.lamb)


class Adafactor(OfOneRule):
    """Adam without momentum, with averages of squares by rows and by columns alone: the `Optimizer` of `adafactor`."""

    rule: Final = staticmethod(matrices.adafactor)


class Muon(OfOneRule):
    """A step of one length along every singular vector of a matrix: the `Optimizer` of `muon`."""

    rule: Final = staticmethod(matrices.muon)


class Shampoo(OfOneRule):
    """Matrix gradients between roots of the sums of their second moments: the `Optimizer` of `shampoo`."""

    rule: Final = staticmethod(matrices.shampoo)


class SOAP(OfOneRule):
    """Adam along the axes of Shampoo's moments: the `Optimizer` of `soap`."""

    rule: Final = staticmethod(matrices.soap)


class ASGD(OfOneRule):
    """Falling rates, with the mean of the parameters beside them: the `Optimizer` of `asgd`."""

    rule: Final = staticmethod(descent.asgd)


class Rprop(OfOneRule):
    """Steps of lengths that grow while signs of gradients stay: the `Optimizer` of `rprop`."""

    rule: Final = staticmethod(adaptive.rprop)
