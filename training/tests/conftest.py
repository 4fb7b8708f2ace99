"""A tiny chest for the tests: two air-filled lungs in a body, written nowhere."""

import numpy as np
import pytest
import torch

from fovea_training.data.dicom_series import Scan
from fovea_training.data.hosts import Chest, Host

torch.set_num_threads(1)


@pytest.fixture(scope="session")
def chest() -> Chest:
    """112 x 80 x 72 voxels of 1.7 mm: a body of 40 HU with two lungs of -850 HU and a bright rod in each."""
    x, y, z = np.meshgrid(*(np.arange(size) for size in (112, 80, 72)), indexing="ij")
    hu = np.full(x.shape, -1000, np.float32)
    hu[((x - 56) / 54) ** 2 + ((y - 40) / 38) ** 2 < 1] = 40
    lungs = np.zeros(x.shape, bool)
    for middle in (32, 80):
        lungs |= ((x - middle) / 20) ** 2 + ((y - 40) / 24) ** 2 + ((z - 36) / 32) ** 2 < 1
    hu[lungs] = -850
    hu[lungs & (np.abs(y - 40) < 2) & (np.abs(z - 36) < 2)] = 30
    hu += np.random.default_rng(0).normal(0, 10, hu.shape).astype(np.float32)
    return Chest("tiny", Scan(hu, (1.7, 1.7, 1.7)), lungs, np.zeros(x.shape, bool), np.zeros(x.shape, bool))


@pytest.fixture(scope="session")
def host(chest: Chest) -> Host:
    return chest.host()
