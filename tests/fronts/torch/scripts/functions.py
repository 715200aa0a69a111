"""Functions of tensors, one after another."""

import torch

a = torch.tensor([[0.5, -1.5, 2.0], [3.0, 0.25, -0.75]])
b = torch.tensor([[1.0, 2.0, -3.0], [0.5, 4.0, 1.0]])
i = torch.tensor([[0, 2], [1, 0]])
for name in "abs acos asin atan ceil cos cosh exp expm1 floor frac log1p neg reciprocal relu round sigmoid sign sin sinh square tan tanh trunc erf isfinite isnan logical_not".split():
    print(name, getattr(torch, name)(a * 0.3), getattr(a * 0.3, name)().shape)
for name in "add sub mul div pow maximum minimum fmod remainder atan2 hypot eq ne lt le gt ge".split():
    print(name, getattr(torch, name)(b.abs(), a))
for name in "sum mean prod std var max min argmax argmin median norm all any amax amin logsumexp cumsum cumprod softmax log_softmax sort argsort".split():
    f = getattr(torch, name)
    print(
        name,
        f(a, 1) if name not in ("norm", "std", "var") else f(a, dim=1),
        f(a) if name in "sum mean prod max min argmax argmin median norm std var all any".split() else "",
    )
print(
    a.view(3, 2),
    a.reshape(-1),
    a.t(),
    a.T,
    a.unsqueeze(0).shape,
    a.permute(1, 0),
    a.transpose(0, 1).contiguous().is_contiguous(),
)
print(torch.cat([a, b], 1), torch.stack([a, b]).shape, torch.chunk(a, 3, 1), torch.split(a, [1, 2], 1), a.unbind(0)[1])
print(
    torch.gather(a, 1, i),
    torch.zeros(2, 3).scatter(1, i, 1.0),
    torch.index_select(a, 1, torch.tensor([2, 0])),
    a.take_along_dim(i, 1),
)
print(
    torch.where(a > 0, a, b),
    a.masked_fill(a < 0, 0),
    torch.masked_select(a, a > 0),
    a[a > 1],
    a.clamp(-1, 1),
    torch.clamp(a, min=0),
)
print(
    torch.matmul(a, b.t()),
    a @ b.T,
    torch.mm(a, b.T),
    torch.einsum("ij,kj->ik", a, b),
    torch.outer(a[0], b[1]),
    a[0].dot(b[0]),
    torch.bmm(a[None], b.T[None]),
)
print(
    torch.triu(torch.ones(3, 3)),
    torch.tril(torch.ones(3, 3), -1),
    torch.diag(a[0]),
    torch.eye(2),
    torch.trace(torch.ones(3, 3)),
    torch.diag_embed(a)[0],
)
print(
    torch.topk(a, 2),
    torch.unique(torch.tensor([3, 1, 3])),
    torch.bincount(torch.tensor([0, 2, 2])),
    torch.nonzero(a > 1),
    torch.searchsorted(torch.tensor([1.0, 3.0]), torch.tensor([2.0])),
)
print(
    a.repeat(1, 2).shape,
    a.expand(4, 2, 3).shape,
    a.flip(1),
    a.roll(1, 1),
    torch.repeat_interleave(a[0], 2),
    torch.tile(a[0], (2,)),
    a.flatten(),
    a.squeeze().shape,
)
print(
    torch.linspace(0, 1, 3),
    torch.logspace(0, 2, 3),
    torch.meshgrid(torch.arange(2), torch.arange(2), indexing="ij"),
    torch.arange(1, 7, 2),
    torch.full((2,), 7.0),
)
print(
    torch.allclose(a, a + 1e-9),
    torch.equal(a, b),
    torch.isclose(a, b),
    torch.numel(a),
    a.numel(),
    a.dim(),
    a.size(1),
    len(a),
    a.shape[0],
    a.stride(),
)
print(
    torch.linalg.norm(a),
    torch.linalg.solve(torch.eye(2) * 2, torch.ones(2)),
    torch.linalg.det(torch.eye(2) * 3),
    torch.linalg.inv(torch.eye(2) * 4),
    torch.cdist(a, b),
)
print(
    torch.logaddexp(a, b),
    torch.lerp(a, b, 0.5),
    torch.addmm(torch.ones(2, 2), a, b.T),
    torch.addcmul(a, a, b, value=0.1),
    torch.nan_to_num(torch.tensor([float("nan"), 1.0])),
)
print(
    a.std(dim=0, unbiased=False),
    a.var(0),
    torch.var_mean(a) if hasattr(torch, "var_mean") and False else "",
    a.mean(dim=(0, 1)),
    a.sum(-1, keepdim=True),
    a.max(dim=0).indices,
)
