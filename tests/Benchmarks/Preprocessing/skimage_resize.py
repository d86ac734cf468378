"""Resizes a volume as nnU-Net v1 calls scikit-image, and prints seconds and memory as JSON.

Arguments: file of float32 voxels, its shape, the new shape (z,y,x each), whether slices are resized by themselves, repetitions, result file.
"""
import json
import sys
import time

import numpy as np
from skimage.transform import resize


def peak():
    # Not getrusage: what that tells is at least what the process had that started this one.
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:"))


def shape(text):
    return tuple(int(edge) for edge in text.split(","))


source, old, new, by_slices, repetitions, target = sys.argv[1:]
old, new = shape(old), shape(new)
options = dict(order=3, mode="edge", anti_aliasing=False)
resize(np.zeros((8, 8, 8)), (9, 9, 9), **options)  # what is loaded at first use
start = peak()
image = np.fromfile(source, np.float32).reshape(old)
seconds = []
for _ in range(int(repetitions)):
    begin = time.perf_counter()
    if by_slices == "True":
        result = np.stack([resize(piece.astype(float), new[1:], **options) for piece in image]).astype(np.float32)
    else:
        result = resize(image.astype(float), new, **options).astype(np.float32)
    seconds.append(time.perf_counter() - begin)
memory = peak() - start
result.tofile(target)
print(json.dumps({"Seconds": seconds, "Memory": memory}))
