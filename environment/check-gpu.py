"""The steps of check-gpu.cs in PyTorch with autocast.

Usage: python3 check-gpu.py SPEC, where SPEC is the JSON that check-gpu.cs passes. Writes one line of JSON.
"""

import json
import sys
import time

import torch
from torch import nn

from plain_unet import UNet, loss_of, optimizers, require

WARM_UP = 3


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
    weights, architecture = network.weights(), network.architecture()
    sgd, adam = optimizers(network)

    def step(optimizer, stepped, frozen):
        require(stepped, frozen)
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
