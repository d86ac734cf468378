"""The steps of check-gpu.cs in PyTorch with autocast, line by line as the method is described: what the library is compared with.

Usage: python3 check-gpu.py SPEC, where SPEC is the JSON that check-gpu.cs passes. Writes one line of JSON.
"""

import json
import sys
import time

import torch
from torch import nn
from torch.nn import functional

WARM_UP = 3
TEMPERATURE = 5
FRACTIONS = [1 / 3, 1 / 2, 2 / 3, 5 / 6, 1]


def sample(logits):
    return torch.softmax((logits - torch.empty_like(logits).exponential_().log()) / TEMPERATURE, 0)


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


def main(spec):
    device = torch.device(spec["device"])
    is_cuda = device.type == "cuda"
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = True
    free = torch.cuda.mem_get_info(device)[0] if is_cuda else 0
    network = UNet(spec).to(device)
    patch = list(spec["patch"])
    image = torch.randn([spec["batch"], spec["channels"], *patch], device=device)
    targets = []
    for pool in spec["pools"]:
        targets.append(torch.randint(spec["classes"], [spec["batch"], *patch], device=device))
        patch = [size // kernel for size, kernel in zip(patch, pool)]
    named = list(network.named_parameters())
    is_architecture = lambda name: name.endswith(("alphas", "betas"))
    architecture = [p for name, p in named if is_architecture(name)]
    weights = [p for name, p in named if not is_architecture(name)]
    sgd = torch.optim.SGD(weights, 1e-2, momentum=0.99, weight_decay=3e-5, nesterov=True)
    adam = torch.optim.Adam(architecture, 4e-4) if architecture else None

    def step(optimizer, stepped, frozen):
        for parameter in stepped:
            parameter.requires_grad_(True)
        for parameter in frozen:
            parameter.requires_grad_(False)
        optimizer.zero_grad()
        with torch.autocast(device.type, torch.bfloat16, enabled=spec["half"]):
            logits = network(image)
        loss = loss_of(logits, targets)
        loss.backward()
        nn.utils.clip_grad_norm_(stepped, 12)
        optimizer.step()
        return loss.item()

    def median(action):
        for _ in range(WARM_UP):
            action()
        seconds, start = [], time.perf_counter()
        while len(seconds) < 2 or time.perf_counter() - start < spec["seconds"]:
            begin = time.perf_counter()
            action()
            seconds.append(time.perf_counter() - begin)
        return sorted(seconds)[len(seconds) // 2]

    result = {
        "Weight": median(lambda: step(sgd, weights, architecture)),
        "Architecture": median(lambda: step(adam, architecture, weights)) if adam else None,
        "Arithmetic": ("bfloat16 by autocast" if spec["half"] else "float32") + f", PyTorch {torch.__version__}",
    }
    if is_cuda:
        result["Bytes"] = free - torch.cuda.mem_get_info(device)[0]
    print(json.dumps(result))


if __name__ == "__main__":
    try:
        main(json.loads(sys.argv[1]))
    except Exception as error:  # the row of the report says it
        lines = str(error).splitlines() or [type(error).__name__]
        print(json.dumps({"Error": "out of the card's memory" if "out of memory" in str(error) else lines[0]}))
