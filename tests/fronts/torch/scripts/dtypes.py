"""Promotion of every pair of dtypes, with and without axes and with Python's numbers; bfloat16; old constructors."""

import torch

NAMES = [
    "bool",
    "uint8",
    "int8",
    "int16",
    "int32",
    "int64",
    "float16",
    "bfloat16",
    "float32",
    "float64",
    "complex64",
    "complex128",
]
DTYPES = [getattr(torch, name) for name in NAMES]
for one in DTYPES:
    row = [(torch.ones(2, dtype=one) + torch.ones(2, dtype=other)).dtype for other in DTYPES]
    print(one, *(str(each)[6:] for each in row))
    short = one.itemsize == 2 and one.is_floating_point  # complex32 is not here
    row = [(torch.ones(2, dtype=one) + torch.ones((), dtype=other)).dtype for other in DTYPES[: -2 if short else None]]
    print("  without axes", *(str(each)[6:] for each in row))
    numbers = (2, 2.5) if short else (2, 2.5, 1j)
    print("  numbers", *(str((torch.ones(2, dtype=one) * number).dtype)[6:] for number in numbers))
    if not one.is_complex:
        print("  divided", (torch.ones(2, dtype=one) / 2).dtype, torch.exp(torch.ones(2, dtype=one)).dtype)
x = torch.ones(3, dtype=torch.bfloat16)
print(x, x * 1.5, x.float(), torch.tensor([1.0, 2.5]).to(torch.bfloat16), x.bfloat16().dtype)
print(
    torch.FloatTensor([1, 2]),
    torch.LongTensor([3]),
    torch.tensor([1.5]).type(torch.DoubleTensor if False else torch.float64),
)
print(torch.arange(3).dtype, torch.arange(0, 1, 0.5).dtype, torch.full((2,), 3).dtype, torch.full((2,), 3.0).dtype)
print(torch.tensor([1, 2]).sum().dtype, torch.tensor([True, False]).sum(), torch.tensor([1, 2]).float().mean())
print(torch.tensor(2.5).int(), torch.tensor([1.7, -1.7]).long(), torch.tensor([0, 2]).bool(), torch.tensor(3).item())
