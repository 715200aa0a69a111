"""First parameters and results of layers, at one seed."""

import torch
from torch import nn

LAYERS = [
    (lambda: nn.Linear(3, 2), (2, 3)),
    (lambda: nn.Bilinear(2, 3, 2), None),
    (lambda: nn.Conv1d(2, 3, 3), (1, 2, 6)),
    (lambda: nn.Conv2d(2, 4, 3, stride=2, padding=1, groups=2), (1, 2, 6, 6)),
    (lambda: nn.ConvTranspose2d(2, 3, 2), (1, 2, 3, 3)),
    (lambda: nn.BatchNorm1d(3), (4, 3)),
    (lambda: nn.LayerNorm(4), (2, 4)),
    (lambda: nn.GroupNorm(2, 4), (1, 4, 3)),
    (lambda: nn.PReLU(), (3,)),
    (lambda: nn.InstanceNorm2d(2, affine=True), (1, 2, 3, 3)),
    (lambda: nn.ELU(), (3,)),
    (lambda: nn.GELU(), (3,)),
    (lambda: nn.SiLU(), (3,)),
    (lambda: nn.Softmax(dim=-1), (2, 3)),
    (lambda: nn.LogSoftmax(dim=-1), (2, 3)),
    (lambda: nn.MaxPool2d(2), (1, 1, 4, 4)),
    (lambda: nn.AvgPool2d(2), (1, 1, 4, 4)),
    (lambda: nn.AdaptiveAvgPool2d(1), (1, 2, 4, 4)),
    (lambda: nn.Flatten(), (2, 2, 2)),
    (lambda: nn.Upsample(scale_factor=2), (1, 1, 2, 2)),
    (lambda: nn.RNN(2, 3), (3, 1, 2)),
    (lambda: nn.GRU(2, 3, bidirectional=True), (3, 1, 2)),
    (lambda: nn.LSTM(2, 3, num_layers=2, batch_first=True), (1, 3, 2)),
    (lambda: nn.LSTMCell(2, 3), (1, 2)),
    (lambda: nn.GRUCell(2, 3), (1, 2)),
    (lambda: nn.MultiheadAttention(4, 2, batch_first=True), None),
    (lambda: nn.PixelShuffle(2), (1, 4, 2, 2)),
    (lambda: nn.Tanhshrink(), (3,)),
]
for make, shape in LAYERS:
    torch.manual_seed(0)
    layer = make().eval()
    print(
        type(layer).__name__,
        [(name, tuple(p.shape), round(p.abs().sum().item(), 4)) for name, p in layer.named_parameters()],
    )
    if shape is not None:
        out = layer(torch.randn(*shape))
        out = out[0] if isinstance(out, tuple) else out
        print(tuple(out.shape), round(out.sum().item(), 4), round(out.abs().max().item(), 4))
torch.manual_seed(1)
attention = nn.MultiheadAttention(4, 2, batch_first=True)
x = torch.randn(1, 3, 4)
out, weights = attention(x, x, x)
print(out, weights)
encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 8, dropout=0.0, batch_first=True), 2)
print(round(encoder(x).abs().sum().item(), 4), sum(p.numel() for p in encoder.parameters()))
for loss in (
    nn.MSELoss(),
    nn.L1Loss(),
    nn.SmoothL1Loss(),
    nn.HuberLoss(),
    nn.BCEWithLogitsLoss(),
    nn.KLDivLoss(reduction="sum"),
):
    a, b = torch.tensor([0.2, 0.7, -0.4]), torch.tensor([0.1, 1.0, 0.5])
    print(type(loss).__name__, loss(a, b))
print(nn.CrossEntropyLoss(label_smoothing=0.1)(torch.tensor([[1.0, 2.0, 0.5]]), torch.tensor([1])))
print(nn.functional.one_hot(torch.tensor([0, 2]), 3), nn.functional.pad(torch.ones(1, 2), (1, 1)))
