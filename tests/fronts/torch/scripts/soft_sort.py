"""Soft sorting with writes to a result, and data read out of the graph."""

import torch


def soft_rank(x, temperature=0.1):
    differences = x.unsqueeze(-1) - x.unsqueeze(-2)
    return torch.sigmoid(differences / temperature).sum(dim=-1) + 0.5


def soft_sort(x, temperature=0.1):
    ranks = soft_rank(x, temperature)
    result = torch.zeros_like(x)
    for i in range(x.size(0)):
        weights = torch.softmax(-((ranks - (i + 1)) ** 2) / temperature, dim=0)
        result[i] = (weights * x).sum()
    return result


x = torch.tensor([3.0, 1.0, 2.0, 5.0, 4.0], requires_grad=True)
result = soft_sort(x)
print(result.data)
result[0].backward()
print(x.grad)
