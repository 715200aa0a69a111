"""Draws, densities and moments of distributions; derivatives of draws; divergences; functions of random numbers."""

import torch
from torch.distributions import *
from torch.distributions import kl_divergence, transforms

p, q = torch.tensor([0.2, 0.5, 0.7]), torch.tensor([0.9, 1.5, 0.3])
shares, counts, half = torch.tensor([0.3, 0.6, 0.1]), torch.tensor([2.0, 0.0, 3.0]), torch.tensor(0.5)
CASES = [
    (Normal(p, q), q), (Uniform(p, p + 1), p + 0.1), (Exponential(q), p), (Laplace(p, q), q), (Cauchy(p, q), q),
    (Gumbel(p, q), q), (Gamma(p, q), q), (Beta(p, q), p), (Dirichlet(q), shares), (StudentT(p + 2, p, q), q),
    (Chi2(q), q), (HalfNormal(q), q), (HalfCauchy(q), q), (LogNormal(p, q), q), (Pareto(p, q), p + 1),
    (Weibull(p, q), q), (Kumaraswamy(p, q), p), (InverseGamma(p, q), q), (FisherSnedecor(p + 1, p + 5), q),
    (VonMises(p, q), q), (ContinuousBernoulli(p), p), (LogisticNormal(p, q), torch.tensor([0.1, 0.2, 0.3, 0.4])),
    (MultivariateNormal(p, torch.diag(q)), q), (MultivariateNormal(p, precision_matrix=torch.diag(q)), q),
    (LowRankMultivariateNormal(p, p[:, None], q), q), (Independent(Normal(p, q), 1), q),
    (MixtureSameFamily(Categorical(p), Normal(p, q)), half), (RelaxedBernoulli(half, p), p),
    (RelaxedOneHotCategorical(half, p), shares), (Categorical(p), torch.tensor(1)), (Poisson(q), counts),
    (Categorical(logits=torch.stack([p, q])), torch.tensor([1, 2])), (Bernoulli(p), counts.sign()),
    (Bernoulli(logits=q), counts.sign()), (Geometric(p), counts), (Binomial(5, p), counts), (Binomial(90, p), counts),
    (NegativeBinomial(5.0, p), counts), (OneHotCategorical(p), torch.tensor([0.0, 1.0, 0.0])),
    (Multinomial(6, p), torch.tensor([1.0, 4.0, 1.0])),
    (TransformedDistribution(Normal(p, q), [transforms.TanhTransform(), transforms.AffineTransform(1, 2)]), p + 0.5),
]  # fmt: skip
for distribution, x in CASES:
    torch.manual_seed(3)
    print(type(distribution).__name__, distribution.batch_shape, distribution.event_shape)
    print(distribution.sample(), distribution.sample((7,)).flatten()[-6:], distribution.log_prob(x))
    print(distribution.expand((2, *distribution.batch_shape)).sample().shape, torch.rand(1))
    for moment in ("mean", "variance", "stddev"):
        try:
            print(moment, getattr(distribution, moment))
        except NotImplementedError:
            print(moment, "is not known")
for family in (Normal, Gamma, Beta, Laplace, Weibull, Kumaraswamy, StudentT, Cauchy, Gumbel):
    torch.manual_seed(0)
    a, b = (p + 1).requires_grad_(), (q + 1).requires_grad_()
    family(a, b).rsample((4,)).sum().backward()
    print(family.__name__, a.grad, b.grad)
pairs = [(Normal, p, q), (Gamma, p, q), (Beta, p, q), (Laplace, p, q)]
print([kl_divergence(family(a, b), family(b, a)) for family, a, b in pairs])
print(kl_divergence(Categorical(p), Categorical(q)), kl_divergence(Bernoulli(p), Bernoulli(shares)))
print(Normal(p, q).cdf(q), Normal(p, q).icdf(p), Exponential(q).icdf(p), Normal(p, q).entropy(), Normal(p, q))
print(Categorical(p).enumerate_support(), Categorical(p).probs, Categorical(p).logits, Bernoulli(p).entropy())
policy = TransformedDistribution(Normal(torch.zeros(2), torch.ones(2)), [transforms.SigmoidTransform()])
print(policy.rsample((2,)), policy.log_prob(torch.tensor([0.3, 0.6])))
