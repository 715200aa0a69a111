"""Twenty steps of every optimizer, and of every schedule."""

import torch

CASES = [
    ("SGD", dict(lr=0.1, momentum=0.9, nesterov=True)), ("Adagrad", dict(lr=0.1)), ("Adadelta", dict(lr=1.0)),
    ("RMSprop", dict(lr=0.01, centered=True)), ("Adam", dict(lr=0.05)), ("AdamW", dict(lr=0.05, weight_decay=0.1)),
    ("Adamax", dict(lr=0.05)), ("NAdam", dict(lr=0.05)), ("RAdam", dict(lr=0.05)), ("Rprop", dict(lr=0.01)),
    ("ASGD", dict(lr=0.05)),
]  # fmt: skip


def loss_of(w, b):
    return ((w * torch.tensor([1.0, 2.0, -1.0]) + b - torch.tensor([0.5, 1.5, 2.0])) ** 2).sum()


for name, options in CASES:
    w, b = torch.zeros(3, requires_grad=True), torch.ones(1, requires_grad=True)
    optimizer = getattr(torch.optim, name)([{"params": [w]}, {"params": [b], "lr": options["lr"] / 2}], **options)
    for _ in range(20):
        optimizer.zero_grad()
        loss = loss_of(w, b)
        loss.backward()
        optimizer.step()
    print(name, w.data, b.data, [group["lr"] for group in optimizer.param_groups])

SCHEDULES = [
    ("StepLR", (3,), dict(gamma=0.5)), ("MultiStepLR", ([2, 5],), dict(gamma=0.1)), ("ExponentialLR", (0.9,), {}),
    ("CosineAnnealingLR", (8,), {}), ("LinearLR", (), dict(total_iters=4)), ("LambdaLR", (lambda e: 0.8**e,), {}),
    ("OneCycleLR", (0.2,), dict(total_steps=10)), ("PolynomialLR", (), dict(total_iters=6)),
    ("CosineAnnealingWarmRestarts", (3,), {}), ("ConstantLR", (), dict(factor=0.5, total_iters=3)),
]  # fmt: skip
for name, args, options in SCHEDULES:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    schedule = getattr(torch.optim.lr_scheduler, name)(optimizer, *args, **options)
    rates = []
    for _ in range(8):
        optimizer.step()
        schedule.step()
        rates.append(round(optimizer.param_groups[0]["lr"], 6))
    print(name, rates)
plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=1)
for metric in (1.0, 1.0, 1.0, 1.0, 0.5):
    plateau.step(metric)
print(optimizer.param_groups[0]["lr"])
