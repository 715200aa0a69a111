"""``jax.lax``: loops and branches, slices and windows, and operations under their plain names."""

from __future__ import annotations

from typing import Any

from wengert.numpy import broadcast_shapes as broadcast_shapes

from ...names import missing_name as _missing_name
from ..refused import refuse as _refuse
from ..transforms import linear_transpose as linear_transpose
from .collectives import (
    all_gather as all_gather,
    all_to_all as all_to_all,
    axis_index as axis_index,
    axis_size as axis_size,
    pmax as pmax,
    pmean as pmean,
    pmin as pmin,
    ppermute as ppermute,
    pshuffle as pshuffle,
    psum as psum,
    psum_scatter as psum_scatter,
    pswapaxes as pswapaxes,
)
from .linalg import custom_linear_solve as custom_linear_solve, custom_root as custom_root, linalg as linalg
from .loops import (
    associative_scan as associative_scan,
    cond as cond,
    fori_loop as fori_loop,
    map as map,
    scan as scan,
    switch as switch,
    while_loop as while_loop,
)
from .operations import (
    PLAIN as _PLAIN,
    broadcast as broadcast,
    broadcast_in_dim as broadcast_in_dim,
    broadcasted_iota as broadcasted_iota,
    clamp as clamp,
    collapse as collapse,
    convert_element_type as convert_element_type,
    cumlogsumexp as cumlogsumexp,
    cummax as cummax,
    cummin as cummin,
    cumprod as cumprod,
    cumsum as cumsum,
    dot as dot,
    dot_general as dot_general,
    expand_dims as expand_dims,
    full as full,
    iota as iota,
    reduce as reduce,
    rsqrt as rsqrt,
    select as select,
    select_n as select_n,
    sort_key_val as sort_key_val,
    squeeze as squeeze,
    stop_gradient as stop_gradient,
    top_k as top_k,
)
from .slices import (
    dynamic_index_in_dim as dynamic_index_in_dim,
    dynamic_slice as dynamic_slice,
    dynamic_slice_in_dim as dynamic_slice_in_dim,
    dynamic_update_index_in_dim as dynamic_update_index_in_dim,
    dynamic_update_slice as dynamic_update_slice,
    dynamic_update_slice_in_dim as dynamic_update_slice_in_dim,
    index_in_dim as index_in_dim,
    pad as pad,
    slice as slice,
    slice_in_dim as slice_in_dim,
)
from .windows import (
    ConvDimensionNumbers as ConvDimensionNumbers,
    conv as conv,
    conv_dimension_numbers as conv_dimension_numbers,
    conv_general_dilated as conv_general_dilated,
    conv_transpose as conv_transpose,
    conv_with_general_padding as conv_with_general_padding,
    padtype_to_pads as padtype_to_pads,
    reduce_window as reduce_window,
)

globals().update(_PLAIN)


class Precision:
    """How exactly products are computed, which is always in their own precision here."""

    DEFAULT, HIGH, HIGHEST = "default", "high", "highest"


def __getattr__(name: str) -> Any:
    _refuse(__name__, name)
    raise _missing_name(__name__, name, {}, "jax.lax")
