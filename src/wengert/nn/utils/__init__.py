"""What is done with modules, parameters and sequences beside layers."""

from . import parametrizations, parametrize, rnn
from .vectors import parameters_to_vector, vector_to_parameters

__all__ = ["parameters_to_vector", "parametrizations", "parametrize", "rnn", "vector_to_parameters"]
