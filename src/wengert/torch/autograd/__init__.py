"""``torch.autograd``."""
