"""Nodules have the size that was asked for, go where they fit, and depend on the seed alone."""

from dataclasses import replace

import numpy as np
import pytest

from fovea_training.data.hosts import Host
from fovea_training.synthesis.bodies import render
from fovea_training.synthesis.implants import Canvas, add_tube, implant, overlap
from fovea_training.synthesis.nodules import Consistency, Nodule, draw_nodule
from fovea_training.synthesis.patches import HostSampler, draw_patch


def sphere(diameter_mm: float) -> Nodule:
    drawn = draw_nodule(np.random.default_rng(0), diameter_mm, (1, 1, 1))
    nothing = np.zeros(0)
    return replace(
        drawn,
        semi_axes_mm=np.full(3, diameter_mm / 2),
        bump_directions=np.zeros((0, 3)),
        bump_heights=nothing,
        bump_sharpness=nothing,
        consistency=Consistency.SOLID,
        hu=30.0,
    )


def canvas_of(host: Host) -> Canvas:
    labels = np.zeros(host.hu.shape, np.uint8)
    return Canvas(host.hu.astype(np.float32), host.lungs, host.ignored.copy(), labels, host.spacing_mm)


@pytest.mark.parametrize("diameter_mm", [4, 8, 20])
@pytest.mark.parametrize("spacing_mm", [(0.7, 0.7, 1.0), (0.9, 0.9, 2.5)])
def test_a_rendered_sphere_has_its_volume(diameter_mm: float, spacing_mm: tuple[float, float, float]):
    body, _ = render(sphere(diameter_mm), (0.2, -0.1, 0.3), spacing_mm)
    volume = float(body.sum()) * np.prod(spacing_mm)
    assert volume == pytest.approx(np.pi / 6 * diameter_mm**3, rel=0.08)


def test_the_cube_holds_the_whole_nodule():
    rng = np.random.default_rng(5)
    for _ in range(20):
        body, core = render(draw_nodule(rng, 12, (1, 1, 1.5)), (0, 0, 0), (1, 1, 1.5))
        shell = np.ones(body.shape, bool)
        shell[1:-1, 1:-1, 1:-1] = False
        assert body[shell].max() == 0
        assert (core <= body + 1e-6).all()


def test_an_implant_changes_the_image_and_labels_it(host: Host):
    canvas = canvas_of(host)
    centre = host.centres(1).mean(axis=0).astype(int)
    centre[0] = host.hu.shape[0] // 4
    assert implant(canvas, sphere(8), centre, np.random.default_rng(1))
    assert canvas.labels.max() == 1
    change = canvas.image - host.hu
    assert change[canvas.labels == 1].mean() > 300
    assert np.abs(change[~host.lungs]).max() == 0


def test_what_does_not_fit_changes_nothing(host: Host):
    canvas = canvas_of(host)
    rng = np.random.default_rng(1)
    assert not implant(canvas, sphere(8), np.array([0, 0, 0]), rng)
    canvas.taken[:] = True
    assert not implant(canvas, sphere(8), np.array(host.centres(1)[0]), rng)
    assert canvas.labels.max() == 0 and (canvas.image == host.hu).all()


def test_tubes_stay_unlabelled(host: Host):
    canvas = canvas_of(host)
    add_tube(canvas, host.centres(1)[2000], 40.0, np.random.default_rng(2))
    assert canvas.labels.max() == 0 and (canvas.image > host.hu + 100).any()


def test_overlap_is_cut_at_the_borders():
    there, here = overlap((10, 10, 10), (5, 5, 5), np.array([0, 5, 9]))
    assert there == (slice(0, 3), slice(3, 8), slice(7, 10))
    assert here == (slice(2, 5), slice(0, 5), slice(0, 3))


def test_a_patch_is_a_function_of_its_seed(host: Host):
    sampler = HostSampler.of(host, np.random.default_rng(0))
    first, second = (draw_patch(sampler, np.random.default_rng(9), 1.0) for _ in range(2))
    assert all((a == b).all() for a, b in zip(first, second, strict=True))
    assert first.image.shape == (64, 64, 64) and 0 <= first.image.min() and first.image.max() <= 1


def test_most_patches_hold_a_nodule_when_asked(host: Host):
    sampler = HostSampler.of(host, np.random.default_rng(0))
    rng = np.random.default_rng(4)
    assert sum(draw_patch(sampler, rng, 1.0).target.any() for _ in range(20)) >= 10
    assert not any(draw_patch(sampler, rng, 0.0).target.any() for _ in range(5))
