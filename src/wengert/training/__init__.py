"""Training: one small loop over a loss, an optimizer and a loader, that can be stopped at any moment and resumed.

It knows `wengert.optim` and `wengert.data` and is above them, so it has a package of its own; a loop that is written by
hand needs nothing of it.

>>> import wengert as wg, wengert.numpy as np
>>> x = np.linspace(-1.0, 1.0, 32)
>>> loader = wg.data.DataLoader(wg.data.TensorDataset(x, 3.0 * x), batch_size=8, shuffle=True, seed=0)
>>> slope = wg.tensor(0.0, requires_grad=True)
>>> def loss(batch):
...     inputs, targets = batch
...     return np.mean((slope * inputs - targets) ** 2)
>>> training = wg.training.fit(loss, wg.optim.SGD([slope], lr=0.5), loader, epochs=10)
>>> slope.detach().round(3), training.step
(tensor(3.), 40)
"""

from .callbacks import Callback, CSVLog, EarlyStopping, Progress, TensorBoard
from .checkpoints import load_checkpoint, save_checkpoint
from .loop import Training, fit

__all__ = [
    "CSVLog",
    "Callback",
    "EarlyStopping",
    "Progress",
    "TensorBoard",
    "Training",
    "fit",
    "load_checkpoint",
    "save_checkpoint",
]
