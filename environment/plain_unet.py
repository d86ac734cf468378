"""The method in PyTorch, line by line as it is described and without tricks: what the library is compared with."""

import torch
from torch import nn
from torch.nn import functional

TEMPERATURE = 5
FRACTIONS = [1 / 3, 1 / 2, 2 / 3, 5 / 6, 1]


def sample(logits):
    return torch.softmax((logits - torch.empty_like(logits).exponential_().log()) / TEMPERATURE, 0)


def is_architecture(name):
    return name.endswith(("alphas", "betas"))


class Unit(nn.Module):
    def __init__(self, inputs, width, kernel, stride, adapts):
        super().__init__()
        self.conv = nn.Conv3d(inputs, width, kernel, stride, [size // 2 for size in kernel])
        self.norm = nn.InstanceNorm3d(width, affine=True)
        self.alphas = None
        if adapts:
            self.alphas = nn.Parameter(torch.zeros(len(FRACTIONS)))
            masks = [(torch.arange(width) < round(width * fraction)).float() for fraction in FRACTIONS]
            self.register_buffer("masks", torch.stack(masks))

    def forward(self, x):
        x = self.conv(x)
        if self.alphas is not None:
            x = x * (sample(self.alphas) @ self.masks).view(1, -1, 1, 1, 1)
        return functional.leaky_relu(self.norm(x), 0.01, inplace=True)


class Block(nn.Module):
    def __init__(self, inputs, widths, kernel, stride, adapts):
        super().__init__()
        sources = [inputs] + widths[:-1]
        self.units = nn.ModuleList(
            Unit(source, width, kernel, stride if i == 0 else [1, 1, 1], adapts) for i, (source, width) in enumerate(zip(sources, widths))
        )
        self.betas = nn.Parameter(torch.zeros(len(widths))) if adapts else None

    def forward(self, x):
        outputs = []
        for unit in self.units:
            x = unit(x)
            outputs.append(x)
        if self.betas is None:
            return x
        return sum(output * weight for output, weight in zip(outputs, sample(self.betas)))


class UNet(nn.Module):
    """spec has channels, classes, pools, kernels (one a resolution), widths (one list a block), and supernet: whether widths and depths are searched."""

    def __init__(self, spec):
        super().__init__()
        widths, pools, kernels, adapts = spec["widths"], spec["pools"], spec["kernels"], spec["supernet"]
        count = len(pools)
        self.encoder = nn.ModuleList(
            Block(spec["channels"] if d == 0 else widths[d - 1][-1], widths[d], kernels[d], [1, 1, 1] if d == 0 else pools[d - 1], adapts)
            for d in range(count + 1)
        )
        skips = [count - 1 - u for u in range(count)]
        self.up = nn.ModuleList(
            nn.ConvTranspose3d(widths[count + u][-1], widths[skip][-1], pools[skip], pools[skip], bias=False) for u, skip in enumerate(skips)
        )
        self.decoder = nn.ModuleList(
            Block(2 * widths[skip][-1], widths[count + 1 + u], kernels[skip], [1, 1, 1], adapts) for u, skip in enumerate(skips)
        )
        self.outputs = nn.ModuleList(nn.Conv3d(widths[count + 1 + u][-1], spec["classes"], 1, bias=False) for u in range(count))

    def forward(self, x):
        skips = []
        for block in self.encoder:
            x = block(x)
            skips.append(x)
        skips.pop()
        logits = []
        for up, block, output in zip(self.up, self.decoder, self.outputs):
            x = block(torch.cat([up(x), skips.pop()], 1))
            logits.insert(0, output(x))
        return logits

    def weights(self):
        return [parameter for name, parameter in self.named_parameters() if not is_architecture(name)]

    def architecture(self):
        return [parameter for name, parameter in self.named_parameters() if is_architecture(name)]


def soft_dice(logits, target):
    probabilities = logits.softmax(1)
    truth = torch.zeros_like(probabilities).scatter_(1, target.unsqueeze(1), 1)
    space = [2, 3, 4]
    hit = (probabilities * truth).sum(space)
    false_positive = (probabilities * (1 - truth)).sum(space)
    false_negative = ((1 - probabilities) * truth).sum(space)
    dice = (2 * hit + 1e-5) / (2 * hit + false_positive + false_negative + 1e-5 + 1e-8)
    return dice[:, 1:].mean()


def loss_of(logits, targets):
    kept = max(1, len(logits) - 1)
    total = sum(2.0**-i for i in range(kept))
    pairs = list(zip(logits, targets))[:kept]
    return sum(2.0**-i / total * (functional.cross_entropy(l.float(), t) - soft_dice(l.float(), t)) for i, (l, t) in enumerate(pairs))


def optimizers(network):
    """SGD of the weights and, for a supernet, Adam of alphas and betas."""
    sgd = torch.optim.SGD(network.weights(), 1e-2, momentum=0.99, weight_decay=3e-5, nesterov=True)
    architecture = network.architecture()
    return sgd, torch.optim.Adam(architecture, 4e-4) if architecture else None


def require(stepped, frozen):
    for parameter in stepped:
        parameter.requires_grad_(True)
    for parameter in frozen:
        parameter.requires_grad_(False)
