"""Names that are not here: what other libraries call a thing, and what to write for it.

Asked only when a name was not found, so that a script brought along from elsewhere says what to change in it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from functools import wraps
from inspect import CO_VARKEYWORDS, signature
from types import FunctionType
from typing import Any, TypeVar

from .core.python.search import first

F = TypeVar("F", bound=Callable[..., Any])

OF_A_TENSOR = {
    "abs": "np.abs(x)",
    "add": "x + y",
    "add_": "x += y",
    "addmm": "c + a @ b",
    "allclose": "np.allclose(x, y)",
    "assign": "x.copy_(y)",
    "assign_add": "x += y",
    "assign_sub": "x -= y",
    "at": "x = x.copy(); x[index] = value, which differentiates (or numpy.add.at for sums)",
    "aval": "x.shape and x.dtype",
    "block_until_ready": "x, which is ready when an operation returns",
    "bmm": "x @ y",
    "bool": "x.astype(bool)",
    "chunk": "np.array_split(x, count, axis)",
    "clamp": "np.clip(x, low, high)",
    "clamp_": "x.copy_(np.clip(x, low, high))",
    "clamp_max": "np.minimum(x, high)",
    "clamp_min": "np.maximum(x, low)",
    "contiguous": "x, whose layout in memory is no concern of its user",
    "cos": "np.cos(x)",
    "cpu": "x.to('cpu')",
    "cuda": "x.to('gpu')",
    "det": "np.linalg.det(x)",
    "detach_": "x = x.detach()",
    "diag": "np.diag(x)",
    "dim": "x.ndim",
    "div": "x / y",
    "div_": "x /= y",
    "double": "x.astype('float64')",
    "element_size": "x.itemsize",
    "eq": "x == y",
    "exp": "np.exp(x)",
    "exp_": "x.copy_(np.exp(x))",
    "expand": "np.broadcast_to(x, shape)",
    "expand_as": "np.broadcast_to(x, y.shape)",
    "fill_diagonal_": "np.fill_diagonal(x, value)",
    "flip": "np.flip(x, axis)",
    "float": "x.astype('float32')",
    "gather": "np.take_along_axis(x, index, axis)",
    "ge": "x >= y",
    "get_shape": "x.shape",
    "grad_fn": "wg.explain(f, x) to see how it was computed",
    "gt": "x > y",
    "half": "x.astype('float16')",
    "index_add_": "numpy.add.at(x, index, y)",
    "index_copy_": "x[index] = y",
    "index_fill_": "x[index] = value",
    "index_select": "np.take(x, index, axis)",
    "int": "x.astype('int32')",
    "inverse": "np.linalg.inv(x)",
    "is_contiguous": "x.flags",
    "is_cuda": "x.device",
    "isnan": "np.isnan(x)",
    "itemset": "x[index] = value",
    "le": "x <= y",
    "log": "np.log(x)",
    "log1p": "np.log1p(x)",
    "log_softmax": "wengert.scipy.special.log_softmax(x, axis)",
    "logsumexp": "wengert.scipy.special.logsumexp(x, axis)",
    "long": "x.astype('int64')",
    "lt": "x < y",
    "masked_fill": "np.where(mask, value, x)",
    "masked_fill_": "x[mask] = value",
    "masked_select": "x[mask]",
    "matmul": "x @ y",
    "maximum": "np.maximum(x, y)",
    "median": "np.median(x)",
    "minimum": "np.minimum(x, y)",
    "mm": "x @ y",
    "movedim": "np.moveaxis(x, source, destination)",
    "mul": "x * y",
    "mul_": "x *= y",
    "mv": "x @ y",
    "narrow": "x[start:start + length]",
    "ne": "x != y",
    "neg": "-x",
    "nelement": "x.size",
    "new_empty": "np.empty(shape, x.dtype)",
    "new_full": "np.full(shape, value, x.dtype)",
    "new_ones": "np.ones(shape, x.dtype)",
    "new_tensor": "np.asarray(values, x.dtype)",
    "new_zeros": "np.zeros(shape, x.dtype)",
    "norm": "np.linalg.norm(x)",
    "normal_": "x.copy_(wg.random.standard_normal(x.shape))",
    "numel": "x.size",
    "outer": "np.outer(x, y)",
    "permute": "x.transpose(axes)",
    "pow": "x ** y",
    "relu": "wg.nn.functional.relu(x)",
    "roll": "np.roll(x, shift, axis)",
    "scatter": "y = x.copy(); np.put_along_axis(y, index, values, axis)",
    "scatter_": "np.put_along_axis(x, index, values, axis)",
    "scatter_add_": "numpy.add.at(x, index, y)",
    "sigmoid": "wengert.scipy.special.expit(x)",
    "sin": "np.sin(x)",
    "softmax": "wengert.scipy.special.softmax(x, axis)",
    "sqrt": "np.sqrt(x)",
    "square": "np.square(x)",
    "stop_gradient": "x.detach()",
    "stride": "x.strides",
    "sub": "x - y",
    "sub_": "x -= y",
    "t": "x.T",
    "tanh": "np.tanh(x)",
    "tile": "np.tile(x, counts)",
    "topk": "np.sort(x)[::-1][:k]",
    "tril": "np.tril(x)",
    "triu": "np.triu(x)",
    "type": "x.astype(dtype), or x.dtype to ask for it",
    "type_as": "x.astype(y.dtype)",
    "unbind": "list(x)",
    "uniform_": "x.copy_(wg.random.uniform(size=x.shape))",
    "unique": "np.unique(x)",
    "unsqueeze": "np.expand_dims(x, axis)",
    "unsqueeze_": "x = np.expand_dims(x, axis)",
    "vector_norm": "np.linalg.norm(x)",
    "view_as": "x.reshape(y.shape)",
    "where": "np.where(condition, x, y)",
}
"""What PyTorch, JAX and TensorFlow have on a tensor."""

OF_THE_PACKAGE = {
    "Function": "wg.custom_derivative(f, vjp=lambda primals, out, cotangent: ...)",
    "GradientTape": "wg.grad(f)(x), or y.backward() with x = wg.tensor(value, requires_grad=True)",
    "Variable": "wg.tensor(value, requires_grad=True)",
    "cuda": "wg.devices()",
    "custom_gradient": "wg.custom_derivative(f, vjp=...)",
    "custom_jvp": "wg.custom_derivative(f, jvp=lambda primals, out, tangents: ...)",
    "custom_vjp": "wg.custom_derivative(f, vjp=lambda primals, out, cotangent: ...)",
    "defjvp": "wg.custom_derivative(f, jvp=...)",
    "defvjp": "wg.custom_derivative(f, vjp=...)",
    "elementwise_grad": "wg.grad(lambda x: np.sum(f(x)))",
    "eval_shape": "wg.jit(f).lower(x)",
    "float32": "wengert.numpy.float32",
    "float64": "wengert.numpy.float64",
    "function": "wg.jit(f)",
    "functional_call": "wg.nn.functional_call(module, parameters, args)",
    "gradient": "wg.grad(f)",
    "inference_mode": "wg.no_grad()",
    "lax": "wg.scan, wg.cond, wg.switch, wg.while_loop, wg.fori_loop, wg.map",
    "jet": "wg.taylor(f, order)(x, direction)",
    "make_jaxpr": "wg.jit(f).lower(x)",
    "make_jvp": "wg.jvp(f, (x,), (v,))",
    "make_vjp": "wg.vjp(f, x)",
    "manual_seed": "wg.random.seed(seed)",
    "pmap": "wg.vmap(f)",
    "remat": "wg.checkpoint(f)",
    "set_grad_enabled": "wg.no_grad() or wg.enable_grad()",
    "stop_gradients": "wg.stop_gradient(x)",
    "tree_map": "wg.trees.map(f, tree)",
    "tree_util": "wg.trees",
    "value_and_gradient": "wg.value_and_grad(f)",
}
"""What PyTorch, JAX, TensorFlow and HIPS autograd have at their top."""

OF_NUMPY = {
    "Inf": "np.inf",
    "NaN": "np.nan",
    "alltrue": "np.all(x)",
    "bmm": "np.matmul(x, y)",
    "cat": "np.concatenate(arrays, axis)",
    "chunk": "np.array_split(x, count, axis)",
    "clamp": "np.clip(x, low, high)",
    "conv": "wengert.windows.correlate(x, kernel)",
    "conv1d": "wengert.windows.correlate(x, kernel)",
    "conv2d": "wengert.windows.correlate(x, kernel)",
    "cumproduct": "np.cumprod(x)",
    "erf": "wengert.scipy.special.erf(x)",
    "expit": "wengert.scipy.special.expit(x)",
    "float_": "np.float64",
    "from_numpy": "np.asarray(array)",
    "gammaln": "wengert.scipy.special.gammaln(x)",
    "gather": "np.take_along_axis(x, index, axis)",
    "in1d": "np.isin(x, values)",
    "leaky_relu": "wg.nn.functional.leaky_relu(x)",
    "log_softmax": "wengert.scipy.special.log_softmax(x, axis)",
    "logsumexp": "wengert.scipy.special.logsumexp(x, axis)",
    "max_pool2d": "wengert.windows.max(x, (2, 2))",
    "mm": "np.matmul(x, y)",
    "msort": "np.sort(x, axis=0)",
    "norm": "np.linalg.norm(x)",
    "one_hot": "wg.nn.functional.one_hot(labels, count)",
    "permute": "np.transpose(x, axes)",
    "product": "np.prod(x)",
    "random": "wg.random.normal(size=shape), or wg.random.default_rng(seed) and its methods",
    "relu": "wg.nn.functional.relu(x)",
    "round_": "np.round(x)",
    "row_stack": "np.vstack(arrays)",
    "rsqrt": "1 / np.sqrt(x)",
    "sigmoid": "wengert.scipy.special.expit(x)",
    "softmax": "wengert.scipy.special.softmax(x, axis)",
    "softplus": "np.logaddexp(x, 0)",
    "sometrue": "np.any(x)",
    "tensor": "wg.tensor(value)",
    "topk": "np.sort(x)[::-1][:k]",
    "trapz": "np.trapezoid(y, x)",
    "unsqueeze": "np.expand_dims(x, axis)",
}
"""What PyTorch, JAX and older versions of NumPy have among the functions of arrays."""

OF_NN = {
    "Buffer": "module.register_buffer(name, value)",
    "CrossMapLRN2d": "wg.nn.LocalResponseNorm(size)",
    "DataParallel": "the module itself: a compiled function uses all cores",
    "Dense": "wg.nn.Linear(in_features, out_features)",
    "NLLLoss2d": "wg.nn.NLLLoss()",
    "SyncBatchNorm": "wg.nn.BatchNorm2d(num_features)",
    "UninitializedParameter": "wg.nn.LazyLinear(out_features), and net(x) once",
    "compact": "layers that are made in __init__, as attributes",
    "param": "wg.nn.Parameter(value), as an attribute that is set in __init__",
}
"""What ``torch.nn`` and Flax have, and `wengert.nn` has not."""

OF_NN_UTILS = {
    "clip_grad_norm": "wg.nn.utils.clip_grad_norm_(parameters, max_norm)",
    "prune": "wg.nn.prune(net, amount), or wg.nn.prune_rows for whole rows",
    "remove_spectral_norm": 'wg.nn.utils.parametrize.remove_parametrizations(module, "weight")',
    "remove_weight_norm": 'wg.nn.utils.parametrize.remove_parametrizations(module, "weight")',
    "skip_init": "the layer itself, as in wg.nn.Linear(in_features, out_features)",
    "spectral_norm": "wg.nn.utils.parametrizations.spectral_norm(module)",
    "stateless": "wg.nn.functional_call(module, parameters, args)",
    "weight_norm": "wg.nn.utils.parametrizations.weight_norm(module)",
}
"""What ``torch.nn.utils`` has, and `wengert.nn.utils` has not."""

OF_OPTIMIZE = {
    "GaussNewton": "wg.optim.gauss_newton()",
    "KFAC": "wg.optim.kfac(net)",
    "LBFGS": "minimize(fun, x0, method='native-l-bfgs-b')",
    "LBFGSB": "minimize(fun, x0, method='native-l-bfgs-b', bounds=bounds)",
    "LevenbergMarquardt": "least_squares(fun, x0, method='native-lm')",
    "OSQP": "quadratic_program(P, q, G, h, A, b)",
    "ProjectedGradient": "minimize(fun, x0, method='native-l-bfgs-b', bounds=bounds)",
    "anderson": "root(fun, x0, method='anderson').x",
    "brent": "minimize_scalar(fun).x",
    "broyden1": "root(fun, x0, method='broyden1').x",
    "broyden2": "root(fun, x0, method='broyden2').x",
    "brute": "differential_evolution(fun, bounds).x",
    "custom_root": "wg.implicit(solver, residual)",
    "diagbroyden": "root(fun, x0, method='diagbroyden').x",
    "excitingmixing": "root(fun, x0, method='excitingmixing').x",
    "fmin": "minimize(fun, x0, method='Nelder-Mead').x",
    "fmin_bfgs": "minimize(fun, x0, method='BFGS').x",
    "fmin_cg": "minimize(fun, x0, method='CG').x",
    "fmin_cobyla": "minimize(fun, x0, method='COBYLA').x",
    "fmin_l_bfgs_b": "minimize(fun, x0, method='L-BFGS-B').x",
    "fmin_ncg": "minimize(fun, x0, method='Newton-CG').x",
    "fmin_powell": "minimize(fun, x0, method='Powell').x",
    "fmin_slsqp": "minimize(fun, x0, method='SLSQP').x",
    "fmin_tnc": "minimize(fun, x0, method='TNC').x",
    "fminbound": "minimize_scalar(fun, bounds=(a, b)).x",
    "golden": "minimize_scalar(fun, method='golden').x",
    "implicit_diff": "wg.implicit(solver, residual)",
    "leastsq": "least_squares(fun, x0, method='lm').x",
    "linearmixing": "root(fun, x0, method='linearmixing').x",
    "newton_krylov": "root(fun, x0, method='krylov').x",
}
"""What ``scipy.optimize`` and other optimizers have, and `wengert.scipy.optimize` has not."""

OF_SPARSE = {
    "bmat": "block_array(blocks)",
    "bsr_matrix": "bsr_array(A)",
    "coo_matrix": "coo_array(A)",
    "csc_matrix": "csc_array(A)",
    "csgraph": "scipy.sparse.csgraph on A.to_scipy(): it has no derivative",
    "csr_matrix": "csr_array(A)",
    "dia_matrix": "dia_array(A)",
    "diags": "diags_array(diagonals, offsets=offsets)",
    "dok_array": "coo_array((data, (row, col))): places are fixed, and numbers are not written one by one",
    "dok_matrix": "coo_array((data, (row, col)))",
    "eye": "eye_array(m, n)",
    "identity": "eye_array(n)",
    "isspmatrix": "issparse(A)",
    "lil_array": "coo_array((data, (row, col))): places are fixed, and numbers are not written one by one",
    "lil_matrix": "coo_array((data, (row, col)))",
    "load_npz": "csr_array(scipy.sparse.load_npz(file))",
    "rand": "random_array(shape, density=density)",
    "random": "random_array(shape, density=density)",
    "save_npz": "scipy.sparse.save_npz(file, A.to_scipy())",
    "sparray": "SparseArray",
    "spdiags": "dia_array((data, offsets), shape=(m, n))",
    "spmatrix": "SparseArray",
    "swapaxes": "A.T",
}
"""What ``scipy.sparse`` has, and `wengert.scipy.sparse` has not."""

OF_SPARSE_LINALG = {
    "LaplacianNd": "kron of diags_array and eye_array, for each axis one",
    "bicg": "bicgstab(A, b)",
    "cgs": "bicgstab(A, b)",
    "eigs": "wengert.numpy.linalg.eig(A.toarray()), or eigsh(A) for a symmetric matrix",
    "expm": "expm_multiply(A, B), or wengert.scipy.linalg.expm(A.toarray()), as most of it is not zero",
    "funm_multiply_krylov": "expm_multiply(A, B)",
    "gcrotmk": "gmres(A, b)",
    "inv": "spsolve(A, b), or splu(A).solve for many b, as most of an inverse is not zero",
    "lgmres": "gmres(A, b)",
    "lsmr": "cg(A.T @ A, A.T @ b)",
    "lsqr": "cg(A.T @ A, A.T @ b)",
    "onenormest": "norm(A, 1)",
    "qmr": "bicgstab(A, b)",
    "spilu": "M=scipy.sparse.linalg.spilu(A).solve, which has no derivative, and needs none",
    "spsolve_triangular": "spsolve(A, b, permc_spec='NATURAL')",
    "tfqmr": "bicgstab(A, b)",
    "use_solver": "spsolve(A, b), by SuperLU",
}
"""What ``scipy.sparse.linalg`` has, and `wengert.scipy.sparse.linalg` has not."""

OF_RANDOM = {
    "bit_generator": "rng.state, a key, which may be set",
    "MT19937": "wg.random.default_rng(seed)",
    "PCG64": "wg.random.default_rng(seed)",
    "PRNGKey": "wg.random.key(seed)",
    "Philox": "wg.random.default_rng(seed)",
    "RandomState": "wg.random.default_rng(seed)",
    "SeedSequence": "wg.random.key(seed), and wg.random.split(key, count)",
    "categorical": "wg.random.Categorical(logits=logits).sample(size, key)",
    "cauchy": "loc + scale * wg.random.standard_cauchy(size)",
    "clone": "the key itself",
    "ContinuousBernoulli": "wg.random.RelaxedBernoulli(temperature, logits)",
    "LogisticNormal": "wengert.scipy.special.softmax of wg.random.MultivariateNormal(loc, scale_tril).sample()",
    "LowRankMultivariateNormal": "wg.random.MultivariateNormal(loc, np.linalg.cholesky(covariance))",
    "MixtureSameFamily": "wg.random.Mixture(weights, components)",
    "RelaxedOneHotCategorical": "wg.random.RelaxedCategorical(temperature, logits)",
    "TransformedDistribution": "wg.random.Transformed(base, forward, inverse)",
    "get_rng_state": "wg.random.get_state()",
    "kl_divergence": "wg.random.kl(p, q)",
    "key_data": "the key itself, which is a uint32 tensor",
    "manual_seed": "wg.random.seed(seed)",
    "maxwell": "np.sqrt(wg.random.chisquare(3, size))",
    "noncentral_chisquare": "numpy.random.default_rng(seed).noncentral_chisquare(df, nonc)",
    "noncentral_f": "numpy.random.default_rng(seed).noncentral_f(dfnum, dfden, nonc)",
    "rademacher": "2 * wg.random.integers(2, size=size) - 1",
    "rand": "wg.random.random((rows, columns))",
    "randint": "wg.random.integers(low, high, size)",
    "randn": "wg.random.standard_normal((rows, columns))",
    "random_integers": "wg.random.integers(low, high, size, endpoint=True)",
    "random_sample": "wg.random.random(size)",
    "randperm": "wg.random.permutation(count)",
    "ranf": "wg.random.random(size)",
    "sample": "wg.random.random(size)",
    "set_rng_state": "wg.random.set_state(state)",
    "t": "wg.random.standard_t(df, size)",
    "truncated_normal": "wg.random.TruncatedNormal(low, high).sample(size, key)",
    "weibull_min": "scale * wg.random.weibull(concentration, size)",
    "wrap_key_data": "the key itself, which is a uint32 tensor",
}
"""What JAX, PyTorch and NumPy have among the functions of random numbers."""

OF_A_MODULE = {
    "compile": "wg.jit(module)",
    "cpu": "module.to('cpu')",
    "cuda": "module.to('gpu')",
    "get_extra_state": "module.register_buffer(name, value)",
    "register_full_backward_hook": "x.register_hook(f) of a tensor, or wg.nn.capture(module, x)",
    "register_module": "module.name = another module",
    "set_extra_state": "module.register_buffer(name, value)",
    "set_submodule": "module.name = another module",
    "share_memory": "module: threads see its parameters",
    "to_empty": "module.to(dtype)",
    "type": "module.to(dtype)",
}
"""What PyTorch has on a module."""

OF_A_DISTRIBUTION = {
    "batch_sample": "d.sample(shape)",
    "icdf": "wengert.scipy.stats, whose distributions have ppf",
    "has_rsample": "d.is_pathwise",
    "logits_to_probs": "d.mean",
    "perplexity": "np.exp(d.entropy())",
    "probs": "d.p, or d.mean",
    "rsample": "d.sample(shape), which differentiates where it can",
    "sample_n": "d.sample(n)",
}
"""What PyTorch has on a distribution."""

KEYWORDS = {
    "allow_unused": "allow_unused=",
    "argnum": "argnums=",
    "concentration": "a= of Gamma and Weibull, a= and b= of Beta, alpha= of Dirichlet",
    "cotangent": "cotangents=",
    "covariance_matrix": "scale_tril=np.linalg.cholesky(covariance)",
    "device": "the same without it, and .to('gpu') of what is made",
    "dim": "axis=",
    "epoch": "epochs=",
    "epsilon": "eps=",
    "grad_outputs": "cotangents=",
    "gradient": "cotangent=",
    "holomorphic": "nothing: the gradient of a complex argument is dL/da + i dL/db",
    "in_dims": "in_axes=",
    "inplace": "nothing: a value is never written over",
    "input": "the tensor by position",
    "keepdim": "keepdims=",
    "kernel_size": "size=",
    "learning_rate": "lr=",
    "multiprocessing_context": "nothing: workers are threads",
    "nopython": "nothing: everything is compiled",
    "out_dims": "out_axes=",
    "persistent_workers": "nothing: workers are threads",
    "pin_memory": "nothing: the CPU is the only device",
    "probs": "p=",
    "rate": "scale=1 / rate, or lam= of Poisson",
    "reduce": 'reduction="mean", "sum" or "none"',
    "retain_grad": "retain_graph=",
    "sample_shape": "shape=",
    "size_average": 'reduction="mean", "sum" or "none"',
    "shape": "size=",
    "std": "scale=",
    "stride": "strides=",
    "static_argnum": "static_argnames=",
    "static_argnums": "static_argnames=, with the names of the parameters",
    "total_count": "n=",
    "unbiased": "ddof=1, or ddof=0 for unbiased=False",
    "v": "the tangent or cotangent by position",
}
"""What parameters are called elsewhere."""


class MissingNameError(AttributeError):
    """A name that is not there; what to write instead is looked up when somebody reads the message."""

    def __init__(self, name: str, advise: Callable[[], str]) -> None:
        super().__init__(name=name)
        self._advise = advise

    def __str__(self) -> str:
        return self._advise()


class NameElsewhere:
    """An attribute that other libraries have on what is meant: asked for here, it says what to write.

    (A ``__getattr__`` would do it for every name, and make every attribute that is there dearer in Python 3.11.)
    """

    __slots__ = ("name", "of", "wanted", "write")

    def __init__(self, name: str, write: str, of: str = "tensor", wanted: str = "one of a NumPy array") -> None:
        self.name: str = name
        self.write: str = write
        self.of: str = of
        self.wanted: str = wanted

    def __get__(self, value: Any, owner: type) -> Any:
        raise MissingNameError(self.name, self.advice)

    def advice(self) -> str:
        return (
            f"[{self.of}] there is no {SPELLED[self.of]}.{self.name}, which is another library's name, wanted "
            f"{self.wanted}; write {self.write}"
        )


SPELLED = {"tensor": "x", "module": "module", "distribution": "d"}
"""How one calls a value of each kind."""


def attach_names_elsewhere(cls: type, table: dict[str, str], of: str, wanted: str) -> None:
    """Let objects of a class say what to write for names that other libraries have on them."""
    for name, write in table.items():
        setattr(cls, name, NameElsewhere(name, write, of, wanted))


def missing_name(module: str, name: str, table: dict[str, str], spelling: str) -> AttributeError:
    """The error for a name that a module has not.

    Args:
        module: the full name of the module.
        name: what was asked for.
        table: what to write for names of other libraries.
        spelling: how users call the module.
    """

    def advise() -> str:
        if name in table:
            return f"[{module}] there is no {name}, which is another library's name; write {table[name]}"
        here = dir(sys.modules[module])
        functions = sys.modules["wengert.numpy"]
        if functions is not sys.modules[module] and name in OF_NUMPY:
            return f"[{module}] there is no {name}, which is another library's name; write {OF_NUMPY[name]}"
        if functions is not sys.modules[module] and name in vars(functions):
            return f"[{module}] there is no {name}, wanted a function of arrays; write wengert.numpy.{name}"
        return f"[{module}] there is no {name}, wanted one of its names; {_nearest(name, here, spelling + '.')}"

    return MissingNameError(name, advise)


def teaches_keywords(function: F) -> F:
    """Let a function say what another library's keyword is called here (it has no ``**kwargs`` of its own)."""

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if not kwargs:
            return function(*args)
        try:
            return function(*args, **kwargs)
        except TypeError:
            known = signature(function).parameters
            if known.keys() >= kwargs.keys():
                raise
        raise unknown_keywords(function.__name__, kwargs, known)

    return call  # type: ignore[return-value]


def check_keywords(op: str, function: Any, given: Iterable[str]) -> None:
    """Raise if one of the keywords is no parameter of a function.

    Raises:
        TypeError: it is none.
    """
    code = getattr(function, "__code__", None)
    if code is None or code.co_flags & CO_VARKEYWORDS:
        return
    known = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    if not set(given).issubset(known):
        raise unknown_keywords(op, given, known)


def teach_keywords_of_axes(namespace: dict[str, Any]) -> None:
    """Let the functions of a namespace that go along axes say what another library's keyword is called here.

    Those who call them from within the package have them from their own modules, without this step between.
    """
    taught: dict[FunctionType, FunctionType] = {}
    for name, function in list(namespace.items()):
        if type(function) is not FunctionType or name.startswith("_"):
            continue
        if function not in taught:
            code = function.__code__
            parameters = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
            is_meant = "axis" in parameters and not code.co_flags & CO_VARKEYWORDS
            taught[function] = teaches_keywords(function) if is_meant else function
        namespace[name] = taught[function]


def unknown_keywords(op: str, given: Iterable[str], known: Iterable[str]) -> TypeError:
    """The error for keywords of which one is no parameter of a function."""
    known = [one for one in known if one != "self"]
    name = first(name for name in given if name not in known)
    advice = f"write {KEYWORDS[name]}" if name in KEYWORDS else _nearest(name, known, "", "=")
    return TypeError(f"[{op}] there is no parameter {name}, wanted one of {', '.join(known)}; {advice}")


def _nearest(name: str, known: Iterable[str], before: str, after: str = "") -> str:
    lowered = {one.lower(): one for one in known if not one.startswith("_")}
    close = [lowered[one] for one in get_close_matches(name.lower(), lowered, n=2, cutoff=0.7)]
    if not close:
        return f"see help({before.rstrip('.')})" if before else "leave it out"
    return "write " + " or ".join(f"{before}{one}{after}" for one in close)
