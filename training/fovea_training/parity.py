"""The deterministic weights and inputs of the parity tests; Swift implements the same few lines.

Element k of tensor NAME is u(k) = 2 * ((splitmix64(fnv1a64(NAME) + k) >> 40) / 2^24) - 1, as float32. Weights of convolutions
and linear layers are u * sqrt(3 / (product of all dimensions but the first)), slopes of PReLU 0.25 + 0.1 u.
"""

from __future__ import annotations

import math

import numpy as np

from fovea_training.naming import Shape, Table

MASK = (1 << 64) - 1


def fnv1a64(name: str) -> int:
    value = 0xCBF29CE484222325
    for byte in name.encode():
        value = ((value ^ byte) * 0x100000001B3) & MASK
    return value


def splitmix64(state: np.ndarray) -> np.ndarray:
    """The output for each state: increment by the golden ratio, then mix."""
    with np.errstate(over="ignore"):
        z = state + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def uniform(name: str, count: int) -> np.ndarray:
    """u(0) ... u(count - 1), in [-1, 1), as float32 (exact: 24 bits)."""
    with np.errstate(over="ignore"):
        state = np.uint64(fnv1a64(name)) + np.arange(count, dtype=np.uint64)
    return (2 * ((splitmix64(state) >> np.uint64(40)).astype(np.float64) / 2**24) - 1).astype(np.float32)


def weights(table: Table) -> dict[str, np.ndarray]:
    return {name: _tensor(name, shape) for name, shape in table.items()}


def network_input(shape: Shape, name: str = "input") -> np.ndarray:
    """Values in [0, 1), the last axis fastest."""
    return ((uniform(name, math.prod(shape)) + np.float32(1)) * np.float32(0.5)).reshape(shape)


def _tensor(name: str, shape: Shape) -> np.ndarray:
    u = uniform(name, math.prod(shape)).reshape(shape)
    if name.endswith(".bn.weight"):
        return np.float32(1) + np.float32(0.1) * u
    if name.endswith(".prelu.weight"):
        return np.float32(0.25) + np.float32(0.1) * u
    if name.endswith(".running_var"):
        return np.float32(1) + np.float32(0.5) * np.abs(u)
    if name.endswith(".weight"):
        return u * np.float32(math.sqrt(3 / math.prod(shape[1:])))
    return np.float32(0.1) * u
