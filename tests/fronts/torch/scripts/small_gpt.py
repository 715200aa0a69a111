"""A decoder of a few layers, written as such models are: configuration, tied weights, two groups of weight decay, a
schedule with warmup, gradients accumulated over small batches, evaluation, sampling of the best few, resuming."""

import inspect
import math
from dataclasses import asdict, dataclass

import torch
import torch.nn as nn
from torch.nn import functional as F

TEXT = """To add is to be plain, to multiply is to grow, and to derive is to know how fast.
Every list of steps can be walked again from its end, and each step says what it owes to the one before.
"""


class LayerNorm(nn.Module):
    """With a bias that may be left out."""

    def __init__(self, ndim, bias):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(ndim))
        self.bias = nn.Parameter(torch.zeros(ndim)) if bias else None

    def forward(self, input):
        return F.layer_norm(input, self.weight.shape, self.weight, self.bias, 1e-5)


class Attention(nn.Module):
    def __init__(self, config, flash):
        super().__init__()
        assert config.width % config.heads == 0
        self.to_heads = nn.Linear(config.width, 3 * config.width, bias=config.bias)
        self.from_inside = nn.Linear(config.width, config.width, bias=config.bias)
        self.drop_weights = nn.Dropout(config.dropout)
        self.drop_result = nn.Dropout(config.dropout)
        self.heads, self.width, self.dropout = config.heads, config.width, config.dropout
        self.flash = flash and hasattr(torch.nn.functional, "scaled_dot_product_attention")
        mask = torch.tril(torch.ones(config.length, config.length))
        self.register_buffer("bias", mask.view(1, 1, config.length, config.length))

    def forward(self, x):
        B, T, C = x.size()
        q, k, v = self.to_heads(x).split(self.width, dim=2)
        k = k.view(B, T, self.heads, C // self.heads).transpose(1, 2)
        q = q.view(B, T, self.heads, C // self.heads).transpose(1, 2)
        v = v.view(B, T, self.heads, C // self.heads).transpose(1, 2)
        if self.flash:
            y = F.scaled_dot_product_attention(q, k, v, attn_mask=None, dropout_p=0.0, is_causal=True)
        else:
            att = (q @ k.transpose(-2, -1)) * (1.0 / math.sqrt(k.size(-1)))
            att = att.masked_fill(self.bias[:, :, :T, :T] == 0, float("-inf"))
            y = self.drop_weights(F.softmax(att, dim=-1)) @ v
        y = y.transpose(1, 2).contiguous().view(B, T, C)
        return self.drop_result(self.from_inside(y))


class Wide(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.widen = nn.Linear(config.width, 4 * config.width, bias=config.bias)
        self.gelu = nn.GELU()
        self.from_inside = nn.Linear(4 * config.width, config.width, bias=config.bias)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x):
        return self.dropout(self.from_inside(self.gelu(self.widen(x))))


class Block(nn.Module):
    def __init__(self, config, place):
        super().__init__()
        self.norm_before_attention = LayerNorm(config.width, bias=config.bias)
        self.attn = Attention(config, flash=place % 2 == 0)
        self.norm_before_mlp = LayerNorm(config.width, bias=config.bias)
        self.mlp = Wide(config)

    def forward(self, x):
        x = x + self.attn(self.norm_before_attention(x))
        return x + self.mlp(self.norm_before_mlp(x))


@dataclass
class Settings:
    length: int = 16
    vocabulary: int = 40
    depth: int = 2
    heads: int = 2
    width: int = 16
    dropout: float = 0.1
    bias: bool = False


class Decoder(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.parts_of = nn.ModuleDict(
            dict(
                tokens=nn.Embedding(config.vocabulary, config.width),
                places=nn.Embedding(config.length, config.width),
                drop=nn.Dropout(config.dropout),
                h=nn.ModuleList([Block(config, place) for place in range(config.depth)]),
                last_norm=LayerNorm(config.width, bias=config.bias),
            )
        )
        self.to_tokens = nn.Linear(config.width, config.vocabulary, bias=False)
        self.parts_of.tokens.weight = self.to_tokens.weight
        self.apply(self.start_of)
        for pn, p in self.named_parameters():
            if pn.endswith("from_inside.weight"):
                torch.nn.init.normal_(p, mean=0.0, std=0.02 / math.sqrt(2 * config.depth))
        print("%d parameters" % self.count_parameters())

    def count_parameters(self, without_places=True):
        n_params = sum(p.numel() for p in self.parameters())
        if without_places:
            n_params -= self.parts_of.places.weight.numel()
        return n_params

    def start_of(self, module):
        if isinstance(module, nn.Linear):
            torch.nn.init.normal_(module.weight, mean=0.0, std=0.02)
            if module.bias is not None:
                torch.nn.init.zeros_(module.bias)
        elif isinstance(module, nn.Embedding):
            torch.nn.init.normal_(module.weight, mean=0.0, std=0.02)

    def forward(self, idx, targets=None):
        device = idx.device
        b, t = idx.size()
        assert t <= self.config.length
        pos = torch.arange(0, t, dtype=torch.long, device=device)
        x = self.parts_of.drop(self.parts_of.tokens(idx) + self.parts_of.places(pos))
        for block in self.parts_of.h:
            x = block(x)
        x = self.parts_of.last_norm(x)
        if targets is not None:
            logits = self.to_tokens(x)
            loss = F.cross_entropy(logits.view(-1, logits.size(-1)), targets.view(-1), ignore_index=-1)
        else:
            logits, loss = self.to_tokens(x[:, [-1], :]), None
        return logits, loss

    def shorten(self, length):
        self.config.length = length
        self.parts_of.places.weight = nn.Parameter(self.parts_of.places.weight[:length])
        for block in self.parts_of.h:
            block.attn.bias = block.attn.bias[:, :, :length, :length]

    def make_optimizer(self, weight_decay, highest, betas, device_type):
        named = {pn: p for pn, p in self.named_parameters() if p.requires_grad}
        matrices = [p for n, p in named.items() if p.dim() >= 2]
        others = [p for n, p in named.items() if p.dim() < 2]
        groups = [
            {"params": matrices, "weight_decay": weight_decay},
            {"params": others, "weight_decay": 0.0},
        ]
        print(f"with decay: {len(matrices)}, with {sum(p.numel() for p in matrices):,} parameters")
        print(f"without: {len(others)}, with {sum(p.numel() for p in others):,} parameters")
        fused = "fused" in inspect.signature(torch.optim.AdamW).parameters and device_type == "cuda"
        extra = dict(fused=True) if fused else dict()
        return torch.optim.AdamW(groups, lr=highest, betas=betas, **extra)

    @torch.no_grad()
    def generate(self, idx, count, temperature=1.0, top_k=None):
        for _ in range(count):
            seen = idx if idx.size(1) <= self.config.length else idx[:, -self.config.length :]
            logits, _ = self(seen)
            logits = logits[:, -1, :] / temperature
            if top_k is not None:
                v, _ = torch.topk(logits, min(top_k, logits.size(-1)))
                logits[logits < v[:, [-1]]] = -float("Inf")
            probs = F.softmax(logits, dim=-1)
            idx = torch.cat((idx, torch.multinomial(probs, num_samples=1)), dim=1)
        return idx


torch.manual_seed(1337)
chars = sorted(list(set(TEXT)))
stoi, itos = {ch: i for i, ch in enumerate(chars)}, {i: ch for i, ch in enumerate(chars)}
numbered, spelled = lambda s: [stoi[c] for c in s], lambda row: "".join([itos[i] for i in row])
data = torch.tensor(numbered(TEXT), dtype=torch.long)
n = int(0.8 * len(data))
splits = {"train": data[:n], "val": data[n:]}
config = Settings(vocabulary=len(chars))
steps, warmup, highest, lowest, parts, batch_size = 8, 3, 1e-2, 1e-3, 2, 4


def draw_batch(split):
    source = splits[split]
    ix = torch.randint(len(source) - config.length, (batch_size,))
    x = torch.stack([source[i : i + config.length] for i in ix])
    y = torch.stack([source[i + 1 : i + 1 + config.length] for i in ix])
    return x, y


def rate_at(it):
    if it < warmup:
        return highest * (it + 1) / (warmup + 1)
    ratio = (it - warmup) / (steps - warmup)
    return lowest + 0.5 * (1.0 + math.cos(math.pi * ratio)) * (highest - lowest)


model = Decoder(config)
optimizer = model.make_optimizer(0.1, highest, (0.9, 0.95), "cpu")


@torch.no_grad()
def evaluate():
    out = {}
    model.eval()
    for split in ["train", "val"]:
        losses = torch.zeros(2)
        for k in range(2):
            _, loss = model(*draw_batch(split))
            losses[k] = loss.item()
        out[split] = losses.mean()
    model.train()
    return out


for step in range(steps):
    rate = rate_at(step)
    for param_group in optimizer.param_groups:
        param_group["lr"] = rate
    if step % 4 == 0:
        losses = evaluate()
        print(f"step {step}: train loss {losses['train']:.4f}, val loss {losses['val']:.4f}")
    for _ in range(parts):
        _, loss = model(*draw_batch("train"))
        loss = loss / parts
        loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    print(f"  {step}: loss {loss.item() * parts:.4f}, rate {rate:.5f}")

checkpoint = {"model": model.state_dict(), "model_args": asdict(config), "step": step, "best": 2.5}
again = Decoder(Settings(**checkpoint["model_args"]))
print(again.load_state_dict(checkpoint["model"]))
again.shorten(12)
again.eval()
start = torch.tensor(numbered("To "), dtype=torch.long)[None, ...]
print(repr(spelled(again.generate(start, 16, temperature=0.8, top_k=8)[0].tolist())))
