"""``torch.autograd``: walks through what was recorded, functions with a backward pass of one's own, and checks."""

from wengert import enable_grad as enable_grad, no_grad as no_grad
from wengert.fronts.addresses import also_at as _also_at

from ..modes import inference_mode as inference_mode, set_grad_enabled as set_grad_enabled
from ..tensor import Tensor as Variable
from . import functional as functional
from .checks import detect_anomaly as detect_anomaly, gradcheck as gradcheck, gradgradcheck as gradgradcheck
from .function import Function as Function, once_differentiable as once_differentiable
from .walks import backward as backward, grad as grad

_also_at(__name__, ("anomaly_mode", "grad_mode", "variable"))

__all__ = [
    "Function", "Variable", "backward", "detect_anomaly", "enable_grad", "functional", "grad", "gradcheck",
    "gradgradcheck", "inference_mode", "no_grad", "once_differentiable", "set_grad_enabled",
]  # fmt: skip
