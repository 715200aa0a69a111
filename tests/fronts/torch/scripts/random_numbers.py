"""Random numbers of every kind, few and many, and what is drawn after them."""

import torch
import torch.nn.functional as F


def show(name, draw):
    torch.manual_seed(5)
    drawn = draw().double().flatten()
    print(name, drawn[:5], drawn.sum(), torch.randint(0, 1000, (1,)).item())


for n in (5, 20, 37):
    p = torch.linspace(0.1, 0.9, n)
    show("bernoulli_", lambda: torch.empty(n).bernoulli_(0.3))
    show("bernoulli_ of tensors", lambda: torch.empty(n).bernoulli_(p))
    show("bernoulli", lambda: torch.bernoulli(p) + torch.bernoulli(torch.empty(n), 0.4))
    show("dropout", lambda: F.dropout(p, 0.4))
    show("dropout of channels", lambda: F.dropout2d(torch.ones(2, n, 2, 2), 0.4))
    show("alpha dropout", lambda: F.alpha_dropout(p, 0.4, training=True))
    show("gumbel softmax", lambda: F.gumbel_softmax(p.log(), hard=n == 5))
    show("exponential_", lambda: torch.empty(n).exponential_(2.0))
    show("geometric_", lambda: torch.empty(n).geometric_(0.3))
    show("cauchy_", lambda: torch.empty(n).cauchy_())
    show("log_normal_", lambda: torch.empty(n).log_normal_())
    show("random_", lambda: torch.empty(n, dtype=torch.long).random_(10) + torch.empty(n).random_(3, 9))
    show("poisson", lambda: torch.poisson(p * 5) + torch.poisson(p * 50))
    show("binomial", lambda: torch.binomial(torch.full((n,), 90.0), p))
    show("normal", lambda: torch.normal(p, p) + torch.normal(0.0, p))
    show("permutation", lambda: torch.randperm(n))
    for replacement in (False, True):
        for count in (1, 4):
            show("multinomial", lambda: torch.multinomial(torch.stack([p, p]), count, replacement))
    for dtype in (torch.float16, torch.bfloat16, torch.float32, torch.float64):
        show(f"rand {dtype}", lambda: torch.rand(n, dtype=dtype))
        show(f"randn {dtype}", lambda: torch.randn(n, dtype=dtype))
        show(f"normal_ {dtype}", lambda: torch.empty(n, dtype=dtype).normal_(1, 2))
        show(f"uniform_ {dtype}", lambda: torch.empty(n, dtype=dtype).uniform_(-1, 2))
for dtype in (torch.int64, torch.int32, torch.uint8, torch.bool, torch.float32):
    show(f"random_ {dtype}", lambda: torch.empty(4, dtype=dtype).random_())
