"""Steps of plain_unet.py in float32. Reads the names of steps, makes each, and prints its seconds."""
import itertools
import json
import sys
import time

import torch
from torch import nn

from plain_unet import UNet, loss_of, optimizers, require

case = json.loads(sys.argv[1])
torch.set_num_threads(case["threads"])
torch.manual_seed(1)
clock = time.thread_time if case["threads"] == 1 else time.perf_counter  # as the other process measures

net = UNet(case)
weights, architecture = net.weights(), net.architecture()
sgd, adam = optimizers(net)
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
    require(stepped, frozen)
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
