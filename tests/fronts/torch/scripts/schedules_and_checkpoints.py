"""Training that is stopped and goes on: warmup and decay chained, states of model, optimizer and schedule in a file,
averaged weights, early stopping, frozen and thawed layers, mixed precision that changes nothing on this processor."""

import copy
import os
import tempfile

import torch
import torch.nn as nn
from torch.optim.lr_scheduler import (
    ChainedScheduler,
    CosineAnnealingLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    ReduceLROnPlateau,
    SequentialLR,
)  # fmt: skip
from torch.optim.swa_utils import SWALR, AveragedModel, update_bn

torch.manual_seed(0)
x = torch.randn(40, 6)
y = (x[:, :2].sum(1, keepdim=True) > 0).float()


def build():
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.1), nn.Linear(8, 1))


def optimizers(model):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.2, momentum=0.9, weight_decay=1e-4)
    warmup = LinearLR(optimizer, start_factor=0.25, total_iters=3)
    decay = CosineAnnealingLR(optimizer, T_max=5, eta_min=0.01)
    return optimizer, SequentialLR(optimizer, [warmup, decay], milestones=[3])


def train_epoch(model, optimizer, scheduler):
    model.train()
    optimizer.zero_grad()
    loss = nn.functional.binary_cross_entropy_with_logits(model(x), y)
    loss.backward()
    optimizer.step()
    scheduler.step()
    return loss.item()


model = build()
optimizer, scheduler = optimizers(model)
path = os.path.join(tempfile.mkdtemp(), "checkpoint.pt")
for epoch in range(4):
    loss = train_epoch(model, optimizer, scheduler)
    print(f"{epoch} {loss:.5f} {scheduler.get_last_lr()[0]:.5f} {optimizer.param_groups[0]['lr']:.5f}")
torch.save(
    {
        "epoch": epoch,
        "model_state_dict": model.state_dict(),
        "optimizer_state_dict": optimizer.state_dict(),
        "loss": loss,
    },
    path,
)
rng_state = torch.get_rng_state()
went_on = [train_epoch(model, optimizer, scheduler) for _ in range(3)]

again = build()
optimizer_again, scheduler_again = optimizers(again)
checkpoint = torch.load(path, weights_only=True, map_location=torch.device("cpu"))
again.load_state_dict(checkpoint["model_state_dict"])
optimizer_again.load_state_dict(checkpoint["optimizer_state_dict"])
print(checkpoint["epoch"], round(checkpoint["loss"], 5), list(checkpoint["model_state_dict"])[:4])
scheduler_again.load_state_dict({**scheduler.state_dict(), **scheduler_again.state_dict()})
torch.set_rng_state(rng_state)
print(f"{train_epoch(again, optimizer_again, scheduler_again):.5f} {went_on[0]:.5f}")

best, best_loss, patience = None, float("inf"), 0
plateau = ReduceLROnPlateau(optimizer, mode="min", factor=0.5, patience=1)
for epoch in range(8):
    model.eval()
    with torch.no_grad():
        val_loss = nn.functional.binary_cross_entropy_with_logits(model(x[:10]), y[:10]).item() + 0.01 * (epoch // 2)
    plateau.step(val_loss)
    if val_loss < best_loss:
        best, best_loss, patience = copy.deepcopy(model.state_dict()), val_loss, 0
    else:
        patience += 1
        if patience >= 5:
            print("stopped at", epoch)
            break
    train_epoch(model, optimizer, LambdaLR(optimizer, lambda e: 1.0))
model.load_state_dict(best)
print(f"{best_loss:.5f} {optimizer.param_groups[0]['lr']:.6f}")

swa_model = AveragedModel(model)
swa_scheduler = SWALR(optimizer, swa_lr=0.05, anneal_epochs=2)
for _ in range(3):
    train_epoch(model, optimizer, swa_scheduler)
    swa_model.update_parameters(model)
update_bn([x[:20], x[20:]], swa_model)
print(swa_model.n_averaged, swa_model.module[0].bias[:3], optimizer.param_groups[0]["lr"])
ema = AveragedModel(model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.9))
ema.update_parameters(model)
print(torch.allclose(ema.module[0].weight, model[0].weight))

for parameter in model[:2].parameters():
    parameter.requires_grad = False
head = torch.optim.Adam(filter(lambda p: p.requires_grad, model.parameters()), lr=0.01)
chained = ChainedScheduler([ExponentialLR(head, 0.9), LinearLR(head, 0.5, total_iters=2)])
before = model[0].weight.clone()
for _ in range(3):
    train_epoch(model, head, chained)
print(torch.equal(before, model[0].weight), round(chained.get_last_lr()[0], 6))

scaler = torch.amp.GradScaler("cuda", enabled=torch.cuda.is_available())
with torch.autocast(device_type="cpu", dtype=torch.bfloat16, enabled=False):
    loss = nn.functional.mse_loss(model(x), y)
scaler.scale(loss).backward()
scaler.step(head)
scaler.update()
sd = model.state_dict()
model[4].bias.data += 1
print(torch.equal(sd["4.bias"], model[4].bias), scaler.is_enabled(), sd["4.bias"].requires_grad)
