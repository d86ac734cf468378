"""A PyTorch transcription of the method without tricks, in float32. Reads the names of steps, makes each, and prints its seconds."""
import itertools
import json
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

case = json.loads(sys.argv[1])
torch.set_num_threads(case["threads"])
torch.manual_seed(1)
clock = time.thread_time if case["threads"] == 1 else time.perf_counter  # as the other process measures


def sample(logits, temperature=5.0):
    noise = -torch.empty_like(logits).exponential_().log()
    return ((logits + noise) / temperature).softmax(0)


class Unit(nn.Module):
    def __init__(self, before, width, stride, adapts):
        super().__init__()
        self.conv = nn.Conv3d(before, width, 3, stride, padding=1)
        self.norm = nn.InstanceNorm3d(width, affine=True)
        self.act = nn.LeakyReLU(0.01, inplace=True)
        self.alphas = None
        if adapts:
            options = [width // 3, width // 2, width * 2 // 3, width * 5 // 6, width]
            self.alphas = nn.Parameter(torch.zeros(len(options)))
            self.register_buffer("masks", torch.stack([(torch.arange(width) < option).float() for option in options]))

    def forward(self, x):
        x = self.conv(x)
        if self.alphas is not None:
            x = x * (sample(self.alphas) @ self.masks).view(1, -1, 1, 1, 1)
        return self.act(self.norm(x))


class Block(nn.Module):
    def __init__(self, before, widths, stride, adapts):
        super().__init__()
        inputs = [before] + widths[:-1]
        self.units = nn.ModuleList(Unit(inputs[i], width, stride if i == 0 else 1, adapts) for i, width in enumerate(widths))
        self.betas = nn.Parameter(torch.zeros(len(widths))) if adapts else None

    def forward(self, x):
        outputs = []
        for unit in self.units:
            x = unit(x)
            outputs.append(x)
        if self.betas is None:
            return x
        return sum(weight * output for weight, output in zip(sample(self.betas), outputs))


class UNet(nn.Module):
    def __init__(self, widths, adapts):
        super().__init__()
        pools, n = case["pools"], len(case["pools"])
        self.down = nn.ModuleList(
            Block(case["channels"] if d == 0 else widths[d - 1][-1], widths[d], 1 if d == 0 else pools[d - 1], adapts) for d in range(n + 1))
        self.up = nn.ModuleList(
            nn.ConvTranspose3d(widths[n + u][-1], widths[n - 1 - u][-1], pools[n - 1 - u], pools[n - 1 - u], bias=False) for u in range(n))
        self.join = nn.ModuleList(Block(2 * widths[n - 1 - u][-1], widths[n + 1 + u], 1, adapts) for u in range(n))
        self.out = nn.ModuleList(nn.Conv3d(widths[n + 1 + u][-1], case["classes"], 1, bias=False) for u in range(n))

    def forward(self, x):
        skips, logits = [], []
        for block in self.down:
            x = block(x)
            skips.append(x)
        skips.pop()
        for up, block, out in zip(self.up, self.join, self.out):
            x = block(torch.cat([up(x), skips.pop()], 1))
            logits.insert(0, out(x))
        return logits


def soft_dice(logits, target):
    probabilities = logits.softmax(1)
    truth = torch.zeros_like(probabilities).scatter_(1, target.unsqueeze(1), 1)
    hits = (probabilities * truth).sum((2, 3, 4))
    false = (probabilities * (1 - truth)).sum((2, 3, 4)) + ((1 - probabilities) * truth).sum((2, 3, 4))
    return ((2 * hits + 1e-5) / (2 * hits + false + 1e-5 + 1e-8))[:, 1:].mean()


def loss_of(logits, targets):
    kept = max(len(logits) - 1, 1)
    total = sum(2.0 ** -i for i in range(kept))
    return sum(2.0 ** -i / total * (F.cross_entropy(logits[i], targets[i]) - soft_dice(logits[i], targets[i])) for i in range(kept))


net = UNet(case["widths"], case["supernet"])
architecture = [p for name, p in net.named_parameters() if name.endswith(("alphas", "betas"))]
weights = [p for name, p in net.named_parameters() if not name.endswith(("alphas", "betas"))]
sgd = torch.optim.SGD(weights, 1e-2, momentum=0.99, weight_decay=3e-5, nesterov=True)
adam = torch.optim.Adam(architecture, 4e-4) if architecture else None
image = torch.randn(case["batch"], case["channels"], *case["patch"])
targets, size = [], list(case["patch"])
for pool in [[1, 1, 1]] + case["pools"]:
    size = [s // p for s, p in zip(size, pool)]
    slab = torch.arange(size[2]) * case["classes"] // size[2]
    targets.append(slab.expand(case["batch"], *size).contiguous())


def gradients(optimizer):
    optimizer.zero_grad()
    loss = loss_of(net(image), targets)
    loss.backward()
    return loss.item()


def step(optimizer, stepped, frozen):
    for parameter in stepped:
        parameter.requires_grad = True
    for parameter in frozen:
        parameter.requires_grad = False
    gradients(optimizer)
    nn.utils.clip_grad_norm_(weights + architecture, 12)
    optimizer.step()


def predict():
    with torch.no_grad():
        mirrors = [axes for n in range(4) for axes in itertools.combinations((1, 2, 3), n)]
        total = torch.zeros(case["classes"], *case["patch"])
        for pair in zip(mirrors[::2], mirrors[1::2]):
            logits = net(torch.stack([image[0].flip(axes) for axes in pair]))[0].softmax(1)
            for probabilities, axes in zip(logits, pair):
                total += probabilities.flip(axes)
        return total / len(mirrors)


kinds = {
    "Weight": lambda: step(sgd, weights, architecture),
    "Training": lambda: step(sgd, weights, architecture),
    "Architecture": lambda: step(adam, architecture, weights),
    "Gradients": lambda: gradients(sgd),
    "Case": predict,
}
print(sum(p.numel() for p in net.parameters()), flush=True)
for line in sys.stdin:
    start = clock()
    kinds[line.strip()]()
    print(clock() - start, flush=True)
