"""Synthetic CT of the torso: samples of both networks from a tiny person, repeatable, with the liver where its target
is."""

import numpy as np
import pytest

from fovea_training.data import torsos
from fovea_training.data.dicom_series import SeriesError
from fovea_training.data.torsos import Tissue, Torso
from fovea_training.synthesis import torsos as synthesis
from fovea_training.synthesis.torsos import TorsoSynthesis


def ball(shape: tuple[int, ...], centre: tuple[int, ...], radii: tuple[int, ...]) -> np.ndarray:
    axes = np.ogrid[tuple(map(slice, shape))]
    return sum(((axis - middle) / radius) ** 2 for axis, middle, radius in zip(axes, centre, radii, strict=True)) < 1


def make_person(slices: int = 60) -> Torso:
    """A cylinder of muscle with a liver, a lung and a bone."""
    shape = (slices, 80, 100)
    tissues = np.zeros(shape, np.uint8)
    tissues[ball(shape, (0, 40, 50), (10**6, 36, 46))] = Tissue.MUSCLE
    tissues[ball(shape, (slices // 2, 38, 30), (16, 22, 18))] = Tissue.LIVER
    tissues[ball(shape, (slices, 40, 70), (15, 15, 12))] = Tissue.LUNG
    tissues[ball(shape, (0, 65, 50), (10**6, 6, 6))] = Tissue.BONE
    table = np.zeros(len(Tissue), np.float32)
    table[[Tissue.AIR, Tissue.LUNG, Tissue.MUSCLE, Tissue.LIVER, Tissue.BONE]] = (-1000, -800, 50, 100, 400)
    return Torso("person", tissues, table[tissues])


@pytest.fixture(scope="module")
def person() -> Torso:
    return make_person()


def test_windows_are_repeatable_and_show_the_liver(person: Torso):
    source = TorsoSynthesis.of([person])
    targets = []
    for number in range(6):
        image, target = source.window(np.random.default_rng(number), 16, 49)
        again, _ = source.window(np.random.default_rng(number), 16, 49)
        assert image.shape == target.shape == (16, 49, 49) and image.dtype == np.float32
        assert np.array_equal(image, again)
        assert image.min() >= -1 and image.max() <= 1.25
        targets.append(target.mean())
    assert np.mean(targets) > 0.01 and max(targets) < 0.5


def test_a_scan_with_few_slices_has_its_ends_repeated():
    source = TorsoSynthesis.of([make_person(10)])
    image, target = source.window(np.random.default_rng(1), 48, 33)
    assert len(image) == 48
    assert np.array_equal(image[0], image[10]) and np.array_equal(image[-1], image[-10])
    assert np.array_equal(target[0], target[10])


def test_a_map_alone_is_painted(person: Torso):
    source = TorsoSynthesis.of([Torso("map", person.tissues)])
    image, target = source.window(np.random.default_rng(3), 16, 49)
    assert np.isfinite(image).all() and target.any()


def test_crops_hold_the_liver_with_its_surroundings(person: Torso):
    source = TorsoSynthesis.of([person])
    shares = [source.crop(np.random.default_rng(number), 32)[1].mean() for number in range(12)]
    assert np.median(shares) > 0.05 and max(shares) < 0.9


def test_beside_the_map_is_air_and_above_it_the_last_slice(person: Torso):
    points = np.array([[[[-5.0]]], [[[38.0]]], [[[30.0]]]], np.float32)
    assert synthesis.fetch(person.tissues, points).item() == person.tissues[0, 38, 30]
    points[2] = 500
    assert synthesis.fetch(person.tissues, points).item() == Tissue.AIR
    assert synthesis.interpolate(person.hu, points).item() == -1024


def test_an_image_is_interpolated_as_it_is(person: Torso):
    points = np.array([[[[30.0]]], [[[38.0]]], [[[30.0]]]], np.float32)
    assert synthesis.interpolate(person.hu, points).item() == pytest.approx(person.hu[30, 38, 30], abs=0.01)


def test_displacements_are_interpolated_between_their_control_points():
    weights = synthesis.interpolation_weights(np.array([-300, -287.5, 300], np.float32), 25)
    assert np.allclose(weights.sum(axis=1), 1)
    assert np.allclose(weights[1, :2], 0.5) and weights[0, 0] == weights[2, -1] == 1


def test_thick_slices_keep_the_mean_and_the_count():
    image = np.random.default_rng(0).normal(0, 100, (13, 4, 4)).astype(np.float32)
    thick = synthesis.thicken(image, 3)
    assert thick.shape == image.shape
    assert thick.std() < 0.8 * image.std()
    assert np.allclose(synthesis.thicken(np.ones_like(image), 3), 1)


def test_labels_become_tissues_and_what_is_unlabelled_goes_by_its_hu():
    hu = np.full((6, 30, 30), -1000, np.float32)
    hu[:, 5:25, 5:25] = 40
    hu[:, 10:20, 8:12] = -100
    hu[:, 14:16, 18:20] = 600
    labels = np.zeros(hu.shape, np.int16)
    labels[:, 6:9, 6:20] = 5
    labels[:, 20:23, 6:20] = 20
    hu[:, 21, 10] = -900
    found = torsos.label_ct("tiny", hu, labels).tissues[3]
    expected = {
        (0, 0): "AIR", (7, 10): "LIVER", (15, 9): "FAT", (15, 18): "BONE", (21, 8): "BOWEL", (21, 10): "GAS",
        (17, 22): "MUSCLE",
    }  # fmt: skip
    assert {place: Tissue(found[place]).name for place in expected} == expected


def test_another_grid_and_an_unknown_map_are_refused():
    with pytest.raises(SeriesError, match="differs"):
        torsos.label_ct("tiny", np.zeros((2, 3, 4)), np.zeros((2, 3, 5)))
    with pytest.raises(SeriesError, match="known are"):
        torsos.load("elbow")


def test_every_map_has_a_licence_on_record():
    for entry in torsos.credits(list(torsos.SOURCES)):
        assert entry["licence"].startswith(("Apache", "CC BY 4.0")) and entry["credit"]


def test_the_outlines_of_the_dome_fill_the_slices_between_them():
    mask = torsos.liver_outlines((14, 153, 153))
    areas = mask.sum(axis=(1, 2))
    assert (areas[:11] > 0).all() and (areas[11:] == 0).all()
    assert areas[0] > areas[5] > areas[8] > areas[10]
