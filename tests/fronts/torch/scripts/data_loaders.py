"""Datasets and loaders: of files of a table, of streams, with samplers, transforms and batches put together by users."""

import torch
from torch.utils.data import (
    BatchSampler,
    ConcatDataset,
    DataLoader,
    Dataset,
    IterableDataset,
    RandomSampler,
    Sampler,
    SequentialSampler,
    Subset,
    SubsetRandomSampler,
    TensorDataset,
    WeightedRandomSampler,
    default_collate,
    random_split,
)  # fmt: skip

torch.manual_seed(0)


class Landmarks(Dataset):
    def __init__(self, count, transform=None):
        self.rows = [{"name": f"face{i}", "points": torch.arange(4.0).view(2, 2) + i} for i in range(count)]
        self.transform = transform

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, idx):
        if torch.is_tensor(idx):
            idx = idx.tolist()
        sample = self.rows[idx]
        return self.transform(sample) if self.transform else sample


class Rescale(object):
    def __init__(self, factor):
        self.factor = factor

    def __call__(self, sample):
        return {"name": sample["name"], "points": sample["points"] * self.factor}


class Compose(object):
    def __init__(self, transforms):
        self.transforms = transforms

    def __call__(self, sample):
        for transform in self.transforms:
            sample = transform(sample)
        return sample


faces = Landmarks(5, Compose([Rescale(10), lambda s: {**s, "label": len(s["name"])}]))
for i_batch, sample_batched in enumerate(DataLoader(faces, batch_size=2, shuffle=True, num_workers=0)):
    print(i_batch, sample_batched["points"].size(), sample_batched["name"], sample_batched["label"])
print(faces[torch.tensor(1)]["points"], len(faces))

x, y = torch.arange(10.0).view(10, 1), torch.arange(10) % 3
data = TensorDataset(x, y)
for loader in (
    DataLoader(data, batch_size=4),
    DataLoader(data, batch_size=4, drop_last=True, shuffle=True),
    DataLoader(data, batch_size=4, shuffle=True, generator=torch.Generator().manual_seed(3)),
    DataLoader(data, batch_size=3, sampler=SubsetRandomSampler([1, 3, 5, 7])),
    DataLoader(data, batch_size=5, sampler=WeightedRandomSampler([0.1, 0.9] * 5, 6, replacement=True)),
    DataLoader(data, batch_sampler=BatchSampler(SequentialSampler(data), 6, drop_last=False)),
    DataLoader(Subset(data, [9, 8, 0]), batch_size=None),
    DataLoader(ConcatDataset([data, TensorDataset(x + 100, y)]), batch_size=8),
):
    print(len(loader), [batch[0].flatten().tolist() for batch in loader])
print(list(RandomSampler(range(4))), list(RandomSampler(range(4), replacement=True, num_samples=6)))
train, valid, test = random_split(data, [0.5, 0.3, 0.2], generator=torch.Generator().manual_seed(42))
print(train.indices, valid.indices, test.indices, len(test))


class Odd(Sampler):
    def __init__(self, source):
        self.source = source

    def __iter__(self):
        return iter(range(1, len(self.source), 2))

    def __len__(self):
        return len(self.source) // 2


print([batch[1].tolist() for batch in DataLoader(data, sampler=Odd(data), batch_size=2)])


class Stream(IterableDataset):
    def __init__(self, start, end):
        super().__init__()
        self.start, self.end = start, end

    def __iter__(self):
        worker_info = torch.utils.data.get_worker_info()
        assert worker_info is None
        return iter(range(self.start, self.end))


print(list(DataLoader(Stream(3, 8), batch_size=2)))


def pad(batch):
    batch.sort(key=lambda pair: len(pair[0]), reverse=True)
    lengths = torch.tensor([len(words) for words, _ in batch])
    padded = torch.nn.utils.rnn.pad_sequence([words for words, _ in batch], batch_first=True, padding_value=-1)
    return padded, lengths, torch.tensor([label for _, label in batch])


sentences = [(torch.arange(1 + i % 4), i) for i in range(6)]
for padded, lengths, labels in DataLoader(sentences, batch_size=3, collate_fn=pad):
    print(padded.tolist(), lengths, labels)
print(default_collate([(1, 2.5, "a", torch.ones(2)), (3, 4.5, "b", torch.zeros(2))]))
print(default_collate([{"x": 1, "pair": [1, 2]}, {"x": 2, "pair": [3, 4]}]))
total, steps = torch.zeros(1), 0
loader = iter(DataLoader(data, batch_size=5))
while True:
    try:
        inputs, targets = next(loader)
    except StopIteration:
        break
    total += inputs.sum()
    steps += 1
print(total, steps)
