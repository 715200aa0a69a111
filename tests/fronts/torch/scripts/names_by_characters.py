"""A recurrent network written by hand tells languages of names apart, one character after another."""

import random
import string

import torch
import torch.nn as nn

NAMES = {
    "Italian": ["Rossi", "Bianchi", "Ferrari", "Esposito", "Romano", "Colombo", "Ricci", "Marino"],
    "Dutch": ["deVries", "Jansen", "vanDijk", "Bakker", "Visser", "Smit", "Meijer", "deBoer"],
    "Polish": ["Nowak", "Kowalski", "Wisniewski", "Wojcik", "Kaminski", "Lewandowski", "Zielinski", "Szymanski"],
}
alphabet = string.ascii_letters + " .,;'"
alphabet_size = len(alphabet)
languages = list(NAMES)


def place_of(letter):
    return alphabet.find(letter)


def one_hot(line):
    tensor = torch.zeros(len(line), 1, alphabet_size)
    for li, letter in enumerate(line):
        tensor[li][0][place_of(letter)] = 1
    return tensor


class Letters(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super(Letters, self).__init__()
        self.hidden_size = hidden_size
        self.of_letter = nn.Linear(input_size, hidden_size)
        self.of_state = nn.Linear(hidden_size, hidden_size)
        self.to_language = nn.Linear(hidden_size, output_size)
        self.softmax = nn.LogSoftmax(dim=1)

    def forward(self, input, hidden):
        hidden = torch.tanh(self.of_letter(input) + self.of_state(hidden))
        return self.softmax(self.to_language(hidden)), hidden

    def first_state(self):
        return torch.zeros(1, self.hidden_size)


def best_guess(output):
    _values, places = output.topk(1)
    place = places[0].item()
    return languages[place], place


random.seed(2)
torch.manual_seed(2)
net = Letters(alphabet_size, 16, len(languages))
criterion = nn.NLLLoss()
rate = 0.05


def train(answer, letters):
    hidden = net.first_state()
    net.zero_grad()
    for i in range(letters.size()[0]):
        output, hidden = net(letters[i], hidden)
    loss = criterion(output, answer)
    loss.backward()
    for p in net.parameters():
        p.data.add_(p.grad.data, alpha=-rate)
    return output, loss.item()


since, means = 0, []
for count in range(1, 61):
    language = random.choice(languages)
    line = random.choice(NAMES[language])
    answer = torch.tensor([languages.index(language)], dtype=torch.long)
    output, loss = train(answer, one_hot(line))
    since += loss
    if count % 20 == 0:
        guess, _ = best_guess(output)
        print(f"{count} {loss:.4f} {line} / {guess} {'right' if guess == language else language}")
        means.append(since / 20)
        since = 0
print([round(each, 4) for each in means])
guessed = torch.zeros(len(languages), len(languages))
with torch.no_grad():
    for place, language in enumerate(languages):
        for line in NAMES[language]:
            hidden = net.first_state()
            for letter in one_hot(line):
                output, hidden = net(letter, hidden)
            guessed[place][best_guess(output)[1]] += 1
for i in range(len(languages)):
    total = guessed[i].sum()
    if total > 0:
        guessed[i] = guessed[i] / total
print(guessed)
