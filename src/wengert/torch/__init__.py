"""PyTorch's names over this engine: scripts run with ``import wengert.torch as torch``.

Each name is another spelling of what `wengert.numpy`, `wengert.nn`, `wengert.optim`, `wengert.random`, `wengert.data`
and the transformations do. What differs in kind is said here once:

- A tensor is a face (see `wengert.fronts.face`) of one of the engine: PyTorch's methods over it. Views alias and writes
  in place are followed as the engine does it, which is PyTorch's way too.
- Numbers from Python are of the default dtype, float32; dtypes are promoted by PyTorch's rules (`promotion`).
- ``manual_seed`` and what is drawn from it give PyTorch's numbers on a CPU (`random`).
"""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING, Any, Final

from wengert import enable_grad as enable_grad, is_grad_enabled as is_grad_enabled, no_grad as no_grad

from ..names import missing_name as _missing_name
from . import (
    autograd as autograd,
    conversion as _conversion,
    creation as _creation,
    func as func,
    functions as _functions,
    random as random,
)
from .device import device as device
from .dtypes import (
    DTYPES as _DTYPES,
    OTHER_NAMES as _OTHER_NAMES,
    bfloat16 as _bfloat16,
    dtype as dtype,
    finfo as finfo,
    get_default_dtype as get_default_dtype,
    iinfo as iinfo,
    set_default_dtype as set_default_dtype,
)
from .func import vmap as vmap
from .legacy import LEGACY as _LEGACY
from .modes import inference_mode as inference_mode, set_grad_enabled as set_grad_enabled
from .printing import set_printoptions as set_printoptions
from .process import (
    __version__ as __version__,
    _dynamo as _dynamo,
    backends as backends,
    compile as compile,
    cuda as cuda,
    get_num_threads as get_num_threads,
    set_float32_matmul_precision as set_float32_matmul_precision,
    set_num_threads as set_num_threads,
    version as version,
)
from .promotion import promote_types as promote_types, result_type as result_type
from .random import (
    default_generator as default_generator,
    drawing as _drawing,
    get_rng_state as get_rng_state,
    in_place as _in_place,
    initial_seed as initial_seed,
    manual_seed as manual_seed,
    seed as seed,
    set_rng_state as set_rng_state,
)
from .random.mersenne import Generator as Generator
from .registry import FUNCTIONS as _FUNCTIONS, METHODS as _METHODS, WRITING as _WRITING
from .size import Size as Size
from .tensor import Tensor as Tensor

if TYPE_CHECKING:
    from . import (
        amp as amp,
        distributions as distributions,
        nn as nn,
        optim as optim,
        serialization as serialization,
        sparse as sparse,
        testing as testing,
        utils as utils,
    )

e: Final = 2.718281828459045
inf: Final = float("inf")
nan: Final = float("nan")
pi: Final = 3.141592653589793
newaxis = None
contiguous_format: Final = "torch.contiguous_format"
preserve_format: Final = "torch.preserve_format"
channels_last: Final = "torch.channels_last"
strided: Final = "torch.strided"
"""How elements lie in memory, which is no concern of a user here."""

_ROOMS = (_conversion, _creation, _drawing, _functions, _in_place)
"""The modules whose functions are in the registry once they are imported."""

_PACKAGES = frozenset({"amp", "distributions", "nn", "optim", "serialization", "sparse", "testing", "utils"})
_ELSEWHERE = {
    "autocast": (".amp", "autocast"), "load": (".serialization", "load"), "save": (".serialization", "save"),
    "sparse_coo_tensor": (".sparse", "sparse_coo_tensor"), "spmm": (".sparse", "mm"),
}  # fmt: skip
_NAMESPACES = frozenset({"fft", "linalg", "special"})
"""What is imported when it is first asked for; these have no files of their own."""

_OF_LAYERS = frozenset({
    "adaptive_avg_pool1d", "adaptive_max_pool1d", "alpha_dropout", "avg_pool1d", "batch_norm", "bilinear",
    "binary_cross_entropy_with_logits", "celu", "channel_shuffle", "conv1d", "conv2d", "conv3d", "conv_transpose1d",
    "conv_transpose2d", "conv_transpose3d", "cosine_embedding_loss", "cosine_similarity", "ctc_loss", "dropout",
    "embedding", "embedding_bag", "feature_alpha_dropout", "group_norm", "hardshrink", "hinge_embedding_loss",
    "instance_norm", "kl_div", "layer_norm", "margin_ranking_loss", "max_pool1d", "max_pool2d", "max_pool3d",
    "pairwise_distance", "pdist", "pixel_shuffle", "pixel_unshuffle", "poisson_nll_loss", "prelu", "rms_norm", "rrelu",
    "selu", "threshold", "triplet_margin_loss",
})  # fmt: skip
"""Functions of layers that PyTorch has in the package too."""

globals().update(_DTYPES)
globals().update({name: _DTYPES[canonical] for name, canonical in _OTHER_NAMES.items()})
globals().update(_WRITING)
globals().update(_FUNCTIONS)
globals().update(_LEGACY)
for _name, _method in (_WRITING | _METHODS).items():
    if _name not in Tensor.__dict__:
        setattr(Tensor, _name, _method)


def install() -> None:
    """Let ``import torch`` give this front from now on, in this process.

    Raises:
        ImportError: PyTorch itself was imported before.
    """
    from wengert.fronts.scripts import install

    install("torch", __name__)


def __getattr__(name: str) -> Any:
    if name == "bfloat16":
        return _bfloat16()
    if name in _ELSEWHERE:
        place, known = _ELSEWHERE[name]
        return getattr(_import_module(place, __name__), known)
    if name in _PACKAGES:
        return _import_module(f".{name}", __name__)
    if name in _OF_LAYERS:
        return getattr(_import_module(".nn.functional", __name__), name)
    if name in _NAMESPACES:
        return _import_module(".functions.numerics", __name__).NAMESPACES[name]
    raise _missing_name(__name__, name, {}, "torch")


def __dir__() -> list[str]:
    return sorted(_PACKAGES | _NAMESPACES | _OF_LAYERS | _ELSEWHERE.keys() | {"bfloat16"} | globals().keys())
