"""The optimizers by their names in PyTorch: each keeps the state of a rule, whose hyperparameters it takes."""

from . import adaptive, descent, matrices, moments
from .optimizer import OfOneRule


class SGD(OfOneRule):
    """Stochastic gradient descent, with momentum if asked for: the `Optimizer` of `sgd`."""

    rule = staticmethod(descent.sgd)


class Lion(OfOneRule):
    """The sign of an average of gradients: the `Optimizer` of `lion`."""

    rule = staticmethod(descent.lion)


class Adagrad(OfOneRule):
    """Steps divided by the root of the sum of all squared gradients: the `Optimizer` of `adagrad`."""

    rule = staticmethod(adaptive.adagrad)


class Adadelta(OfOneRule):
    """Steps in the units of the parameters: the `Optimizer` of `adadelta`."""

    rule = staticmethod(adaptive.adadelta)


class RMSprop(OfOneRule):
    """Steps divided by the root of an average of squared gradients: the `Optimizer` of `rmsprop`."""

    rule = staticmethod(adaptive.rmsprop)


class Adam(OfOneRule):
    """An average of gradients, divided by the root of an average of their squares: the `Optimizer` of `adam`."""

    rule = staticmethod(moments.adam)


class AdamW(OfOneRule):
    """Adam with decoupled weight decay: the `Optimizer` of `adamw`."""

    rule = staticmethod(moments.adamw)


class Adamax(OfOneRule):
    """Adam with the largest gradient in place of the root of squares: the `Optimizer` of `adamax`."""

    rule = staticmethod(moments.adamax)


class NAdam(OfOneRule):
    """Adam with Nesterov's momentum: the `Optimizer` of `nadam`."""

    rule = staticmethod(moments.nadam)


class RAdam(OfOneRule):
    """Adam that trusts its measure only when enough gradients are in it: the `Optimizer` of `radam`."""

    rule = staticmethod(moments.radam)


class LAMB(OfOneRule):
    """Adam's direction, as long as the parameter itself: the `Optimizer` of `lamb`."""

    rule = staticmethod(matrices.lamb)


class Adafactor(OfOneRule):
    """Adam without momentum, with averages of squares by rows and by columns alone: the `Optimizer` of `adafactor`."""

    rule = staticmethod(matrices.adafactor)


class Muon(OfOneRule):
    """A step of one length along every singular vector of a matrix: the `Optimizer` of `muon`."""

    rule = staticmethod(matrices.muon)


class Shampoo(OfOneRule):
    """Matrix gradients between roots of the sums of their second moments: the `Optimizer` of `shampoo`."""

    rule = staticmethod(matrices.shampoo)


class SOAP(OfOneRule):
    """Adam along the axes of Shampoo's moments: the `Optimizer` of `soap`."""

    rule = staticmethod(matrices.soap)


class ASGD(OfOneRule):
    """Falling rates, with the mean of the parameters beside them: the `Optimizer` of `asgd`."""

    rule = staticmethod(descent.asgd)


class Rprop(OfOneRule):
    """Steps of lengths that grow while signs of gradients stay: the `Optimizer` of `rprop`."""

    rule = staticmethod(adaptive.rprop)
