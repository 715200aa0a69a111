"""Optimizers that users write: classes with state, groups, closures and state dictionaries, and hooks of steps."""

import math

import torch
from torch.optim import Optimizer


class Lion(Optimizer):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.99), weight_decay=0.0):
        if not 0.0 <= lr:
            raise ValueError("Invalid learning rate: {}".format(lr))
        super().__init__(params, dict(lr=lr, betas=betas, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                p.data.mul_(1 - group["lr"] * group["weight_decay"])
                grad, state = p.grad, self.state[p]
                if len(state) == 0:
                    state["exp_avg"] = torch.zeros_like(p)
                exp_avg = state["exp_avg"]
                beta1, beta2 = group["betas"]
                update = exp_avg * beta1 + grad * (1 - beta1)
                p.add_(update.sign_(), alpha=-group["lr"])
                exp_avg.mul_(beta2).add_(grad, alpha=1 - beta2)
        return loss


class OwnAdam(Optimizer):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, amsgrad=False):
        defaults = dict(lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, amsgrad=amsgrad)
        super(OwnAdam, self).__init__(params, defaults)

    def __setstate__(self, state):
        super().__setstate__(state)

    def step(self, closure=None):
        loss = closure() if closure is not None else None
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                grad = p.grad.data
                if grad.is_sparse:
                    raise RuntimeError("no sparse gradients")
                state = self.state[p]
                if len(state) == 0:
                    state["step"] = 0
                    state["exp_avg"] = torch.zeros_like(p.data, memory_format=torch.preserve_format)
                    state["exp_avg_sq"] = torch.zeros_like(p.data, memory_format=torch.preserve_format)
                exp_avg, exp_avg_sq = state["exp_avg"], state["exp_avg_sq"]
                beta1, beta2 = group["betas"]
                state["step"] += 1
                if group["weight_decay"] != 0:
                    grad = grad.add(p.data, alpha=group["weight_decay"])
                exp_avg.mul_(beta1).add_(grad, alpha=1 - beta1)
                exp_avg_sq.mul_(beta2).addcmul_(grad, grad, value=1 - beta2)
                denom = exp_avg_sq.sqrt().add_(group["eps"])
                correction = math.sqrt(1 - beta2 ** state["step"]) / (1 - beta1 ** state["step"])
                p.data.addcdiv_(exp_avg, denom, value=-group["lr"] * correction)
        return loss


class Lookahead(Optimizer):
    def __init__(self, optimizer, k=3, alpha=0.5):
        self.optimizer, self.k, self.alpha = optimizer, k, alpha
        self.param_groups, self.state = optimizer.param_groups, optimizer.state
        self.slow = [[p.clone().detach() for p in group["params"]] for group in self.param_groups]
        self.count = 0

    def zero_grad(self, set_to_none=True):
        self.optimizer.zero_grad(set_to_none)

    def step(self, closure=None):
        loss = self.optimizer.step(closure)
        self.count += 1
        if self.count % self.k == 0:
            for group, slow in zip(self.param_groups, self.slow):
                for p, q in zip(group["params"], slow):
                    q.add_(p.data - q, alpha=self.alpha)
                    p.data.copy_(q)
        return loss


def run(make, steps=7):
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1))
    x, y = torch.randn(12, 2), torch.randn(12, 1)
    optimizer = make(net)
    for _ in range(steps):

        def closure():
            optimizer.zero_grad()
            loss = torch.nn.functional.mse_loss(net(x), y)
            loss.backward()
            return loss

        loss = optimizer.step(closure)
    return loss.item(), net, optimizer


for name, make in {
    "lion": lambda net: Lion(net.parameters(), lr=0.05, weight_decay=0.01),
    "adam": lambda net: OwnAdam(net.parameters(), lr=0.05),
    "adam of the library": lambda net: torch.optim.Adam(net.parameters(), lr=0.05),
    "groups": lambda net: OwnAdam([{"params": net[0].parameters(), "lr": 0.1}, {"params": net[2].parameters()}]),
    "lookahead": lambda net: Lookahead(torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.5)),
}.items():
    loss, net, optimizer = run(make)
    print(name, f"{loss:.5f}", net[2].weight.data)
_, net, optimizer = run(lambda net: OwnAdam(net.parameters(), lr=0.05))
saved = optimizer.state_dict()
print(saved["param_groups"], sorted(saved["state"]), saved["state"][1]["step"], saved["state"][1]["exp_avg"])
again = OwnAdam(net.parameters(), lr=0.05)
again.load_state_dict(saved)
print(
    len(again.state),
    again.state[net[0].bias]["step"],
    torch.equal(again.state[net[0].bias]["exp_avg"], saved["state"][1]["exp_avg"]),
)
print(OwnAdam([torch.zeros(2, requires_grad=True)]))
handle = optimizer.register_step_post_hook(lambda optimizer, args, kwargs: print("a step was made"))
optimizer.step()
handle.remove()
optimizer.step()
optimizer.add_param_group({"params": torch.zeros(1, requires_grad=True), "lr": 1.0})
print(len(optimizer.param_groups), optimizer.param_groups[1]["lr"], optimizer.param_groups[1]["eps"])
try:
    Lion(net.parameters(), lr=-1)
except ValueError as error:
    print(error)
