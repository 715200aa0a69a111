"""Spectra of pieces of a signal and the signal from them, slopes on grids, histograms, and triangular factors."""

import torch

torch.set_printoptions(precision=3, sci_mode=False)
n = torch.arange(40, dtype=torch.float64)
signal = torch.sin(0.3 * n) + 0.1 * torch.cos(n**2)
window = torch.hann_window(16, dtype=torch.float64)

spectra = torch.stft(signal, 16, hop_length=4, window=window, return_complex=True)
print(spectra.shape, spectra.dtype, spectra.abs().mean(1))
print((torch.istft(spectra, 16, hop_length=4, window=window, length=40) - signal).abs().max() < 1e-12)
for options in (
    {"center": False}, {"normalized": True}, {"onesided": False}, {"pad_mode": "constant"}, {"win_length": 12},
):  # fmt: skip
    short = torch.hann_window(options.get("win_length", 16), dtype=torch.float64)
    found = torch.stft(signal, 16, window=short, return_complex=True, **options)
    print(options, found.shape, found.abs().sum(), found[1, :3])
print(torch.stft(signal[:16].reshape(2, 8), 4, return_complex=False).shape)
batch = torch.stack([signal, signal.flip(0)])
pieces = batch.stft(16, 8, window=torch.hamming_window(16, dtype=torch.float64), normalized=True, return_complex=True)
back = pieces.istft(16, 8, window=torch.hamming_window(16, dtype=torch.float64), normalized=True)
print(back.shape, (back - batch).abs().max() < 1e-12)

source = signal.clone().requires_grad_()
loss = (torch.stft(source, 16, 4, window=window, return_complex=True).abs() ** 2).log1p().sum()
(slope,) = torch.autograd.grad(loss, source, create_graph=True)
print(loss, slope[:5], torch.autograd.grad((slope**2).sum(), source)[0][:5])
spoken = spectra.detach().clone().requires_grad_()
(torch.istft(spoken, 16, 4, window=window) ** 2).sum().backward()
print(spoken.grad[2, :3])
for wrong in (
    lambda: torch.stft(signal, 16), lambda: torch.stft(signal, 64, center=False, return_complex=True),
    lambda: torch.istft(spectra, 16, 20, window=window), lambda: torch.stft(signal, 8, window=window, return_complex=True),
):  # fmt: skip
    try:
        wrong()
    except RuntimeError as error:
        print(type(error).__name__)

t = torch.tensor([1.0, 2.0, 4.0, 8.0])
m = torch.arange(12.0).reshape(3, 4) ** 2
print(torch.gradient(t), torch.gradient(t, spacing=2.0), torch.gradient(torch.arange(4)))
print(torch.gradient(t, spacing=(torch.tensor([0.0, 1.0, 3.0, 4.0]),)))
print(torch.gradient(m), torch.gradient(m, dim=1, edge_order=2), torch.gradient(m, spacing=[2.0, 0.5], dim=(0, 1)))
print(torch.histogram(t, bins=3), torch.histogram(t, 4, range=(0.0, 4.0)))
print(torch.histogram(t, torch.tensor([0.0, 3.0, 9.0]), weight=torch.tensor([1.0, 2.0, 3.0, 4.0]), density=True))

a = (m[:, :3] + torch.eye(3)).requires_grad_()
print(torch.linalg.lu(a.detach()), torch.linalg.lu_factor(a.detach()), torch.lu(a.detach()))
packed, pivots = torch.linalg.lu_factor(a)
print(torch.linalg.lu_solve(packed, pivots, torch.ones(3, 1)), torch.lu_solve(torch.ones(3, 1), packed, pivots))
print(
    torch.linalg.lu_solve(packed, pivots, torch.ones(1, 3), left=False),
    torch.linalg.lu_solve(packed, pivots, torch.ones(3, 1), adjoint=True),
)
print(torch.lu_unpack(packed.detach(), pivots))
torch.linalg.lu(a).U.diagonal().log().sum().backward()
print(a.grad)
print(torch.linalg.vander(t), torch.linalg.vander(m[:2], N=3))
torch.set_printoptions(profile="default")
print(a.grad)
