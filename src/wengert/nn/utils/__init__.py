"""What is done with modules, parameters, gradients and sequences beside layers."""

from typing import TYPE_CHECKING

from wengert.optim import clip_grad_norm_, clip_grad_value_, clip_grads_with_norm_, get_total_norm

from ...names import OF_NN_UTILS as _OF_NN_UTILS, missing_name as _missing_name
from . import parametrizations, parametrize, rnn
from .fusing import fuse_conv_bn_eval, fuse_linear_bn_eval
from .vectors import parameters_to_vector, vector_to_parameters

if not TYPE_CHECKING:

    def __getattr__(name):
        raise _missing_name(__name__, name, _OF_NN_UTILS, "wg.nn.utils")


__all__ = [
    "clip_grad_norm_",
    "clip_grad_value_",
    "clip_grads_with_norm_",
    "fuse_conv_bn_eval",
    "fuse_linear_bn_eval",
    "get_total_norm",
    "parameters_to_vector",
    "parametrizations",
    "parametrize",
    "rnn",
    "vector_to_parameters",
]
