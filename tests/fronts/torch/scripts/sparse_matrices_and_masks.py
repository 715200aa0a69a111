"""Sparse matrices in products, and attention with masks that are functions."""

import torch
from torch.nn.attention.flex_attention import create_block_mask, flex_attention

i = torch.tensor([[0, 1, 1, 0], [2, 0, 2, 2]])
v = torch.tensor([3.0, 4.0, 5.0, 1.0], requires_grad=True)
s = torch.sparse_coo_tensor(i, v, (2, 3))
d = torch.arange(12.0).view(3, 4)
print(torch.sparse.mm(s, d), torch.spmm(s, d).shape, s.to_dense(), s.shape, (s @ d).sum())
(torch.sparse.mm(s, d) ** 2).sum().backward()
print(v.grad)
print(s.coalesce().indices(), s.coalesce().values())
torch.manual_seed(0)
q, k, w = (torch.randn(1, 2, 5, 4) for _ in range(3))
m = create_block_mask(lambda b, h, q, kv: q >= kv, None, None, 5, 5, device="cpu")
print(
    flex_attention(q, k, w, block_mask=m)[0, 0, 1],
    flex_attention(q, k, w, score_mod=lambda s, b, h, q, kv: s + (q - kv) * 0.1)[0, 1, 2],
)
