"""Segment-then-Segment's training: boxes as the node makes them, the published samples, deformed scans, both loops."""

import argparse
import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from fovea_training import study_sts, train_sts
from fovea_training.context_boxes import context_boxes, context_of, is_usable, jitter, tight_boxes, widen
from fovea_training.data.aortas import TargetScan, body_extent, follow_disc, stack, with_wall
from fovea_training.data.dicom_series import SeriesError
from fovea_training.data.labelled_images import LabelledImage, PictureFolder, split
from fovea_training.data.nifti_files import write_nifti
from fovea_training.data.torsos import Tissue
from fovea_training.loop import Best
from fovea_training.losses import batch_dice_loss
from fovea_training.networks.unet import UNet
from fovea_training.packages import describe
from fovea_training.sts_inference import fused_probabilities, resize, rough_probabilities
from fovea_training.synthesis.crops import ImageSamples, Move, cut, draw_move
from fovea_training.synthesis.deformed_scans import (
    ScanSamples, ScanVolume, VirtualImage, calcify, piece, recolour, whole,
)  # fmt: skip
from fovea_training.synthesis.torsos import draw_means


def box(*sides: tuple[int, int]) -> tuple[slice, ...]:
    return tuple(slice(*side) for side in sides)


def test_a_box_is_squared_widened_and_shifted_into_the_image():
    assert widen(box((10, 14), (20, 29)), 2, (64, 64)) == box((6, 19), (18, 31))  # the smaller half comes first
    assert widen(box((0, 4), (60, 64)), 4, (64, 64)) == box((0, 12), (52, 64))


def test_a_box_larger_than_the_image_is_cut_to_it():
    assert widen(box((0, 8), (2, 40), (5, 9)), 4, (8, 50, 44)) == box((0, 8), (0, 46), (0, 44))


def test_components_touch_at_corners_and_near_cubes_become_one():
    mask = np.zeros((40, 40, 40), bool)
    mask[5, 5, 5] = mask[6, 6, 6] = True
    assert len(tight_boxes(mask)) == 1
    mask[9, 6, 6] = True
    assert len(tight_boxes(mask)) == 2 and len(context_boxes(mask, 4)) == 1
    mask[30, 30, 30] = True
    assert len(context_boxes(mask, 4)) == 2
    flat = mask[:, 6, :]
    assert len(context_boxes(flat, 4)) == len(tight_boxes(flat))


def test_jitter_is_within_16_pixels_and_what_it_leaves_of_a_speck_is_dropped():
    rng = np.random.default_rng(0)
    moved = [jitter(box((50, 60), (50, 60)), rng) for _ in range(200)]
    starts = [side.start for pair in moved for side in pair]
    assert min(starts) == 34 and max(starts) == 66
    assert not is_usable(widen(box((50, 38), (50, 40)), 4, (128, 128)))
    assert is_usable(widen(box((50, 38), (50, 61)), 4, (128, 128)))


def test_dice_is_taken_over_the_batch_with_a_smoothing_of_one():
    logits = torch.tensor([[40.0, -40.0], [40.0, -40.0]])
    target = torch.tensor([[1.0, 1.0], [0.0, 0.0]])
    assert batch_dice_loss(logits, target) == pytest.approx(1 - 3 / 5)
    assert batch_dice_loss(torch.full((2, 2), -40.0), torch.zeros(2, 2)) == pytest.approx(0)


class Bright(torch.nn.Module):
    """A network that takes bright pixels for the target."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return 20 * (x - 0.5)


def test_the_fine_network_sharpens_what_the_rough_one_sees_and_misses_what_it_does_not():
    image = torch.zeros(1, 1, 64, 64, 64)
    image[..., 20:29, 20:29, 20:29] = 1
    image[..., 60, 60, 60] = 1  # lost at the rough network's resolution
    rough = rough_probabilities(Bright(), image, 16)
    fused = fused_probabilities(Bright(), image, rough, 16, context_of(16))
    truth = image[0, 0] > 0.5
    assert not torch.equal(rough >= 0.5, truth)
    truth[60, 60, 60] = False
    assert torch.equal(fused >= 0.5, truth)


def test_slices_are_resized_by_the_nearest_pixel_as_crops_are_for_training():
    image = torch.arange(35.0).reshape(1, 1, 5, 7)
    assert np.array_equal(resize(image, (4, 4))[0].numpy(), cut(image[0].numpy(), box((0, 5), (0, 7)), 4))


@pytest.fixture
def images() -> list[LabelledImage]:
    rng = np.random.default_rng(0)
    made = []
    for _ in range(5):
        mask = np.zeros((40, 48), bool)
        y, x = rng.integers(2, 24, 2)
        mask[y : y + 12, x : x + 10] = True
        made.append(LabelledImage((mask + rng.normal(0, 0.1, mask.shape)).astype(np.float32)[None], mask))
    return made


def test_the_samples_of_an_epoch_are_all_images_once_but_for_an_incomplete_batch(images: list[LabelledImage]):
    samples = ImageSamples(images, 16, batch=2, seed=1)
    assert samples.steps_per_epoch == 2
    image, target = samples.draw(7, "rough", np.random.default_rng(1))
    assert image.shape == target.shape == (1, 16, 16)
    again = samples.draw(7, "rough", np.random.default_rng(1))
    assert np.array_equal(image, again[0]) and np.array_equal(target, again[1])
    fine = [samples.draw(number, "fine", np.random.default_rng(number))[1].mean() for number in range(12)]
    rough = [samples.draw(number, "rough", np.random.default_rng(number))[1].mean() for number in range(12)]
    assert np.mean(fine) > 1.3 * np.mean(rough)


def test_a_box_follows_its_object_through_the_augmentation(images: list[LabelledImage]):
    rng = np.random.default_rng(3)
    moves = [move for _ in range(30) if (move := draw_move((40, 48), rng))]
    assert 8 < len(moves) < 22
    for move in moves:
        mask = move.apply(images[0].mask[None], order=0)[0]
        followed = move.follow(tight_boxes(images[0].mask)[0], mask.shape)
        if mask.any() and followed:
            grown = tuple(slice(max(0, side.start - 1), side.stop + 1) for side in followed)
            assert mask[grown].sum() >= 0.95 * mask.sum()


def test_a_move_about_the_centre_keeps_the_centre():
    still = Move(np.eye(2), np.zeros(2))
    image = np.random.default_rng(0).random((1, 9, 9)).astype(np.float32)
    assert np.allclose(still.apply(image, order=1), image)


@pytest.fixture
def scan() -> TargetScan:
    """A bright tube of 24 mm in a body of 60 x 90 x 90 voxels of 3 mm."""
    z, y, x = np.ogrid[:60, :90, :90]
    hu = np.full((60, 90, 90), -1000, np.float32)
    hu[(((y - 45) / 35) ** 2 + ((x - 45) / 40) ** 2 < 1) & (z >= 0)] = 40
    target = ((y - 50) ** 2 + (x - 45) ** 2 < 16) & (z < 50)
    hu[target] = 300
    tissues = np.where(target, Tissue.ARTERY, np.where(hu > 0, Tissue.MUSCLE, Tissue.AIR)).astype(np.uint8)
    return TargetScan("tube", hu, target, tissues, (3.0, 3.0, 3.0), mapped=True)


def test_a_virtual_image_is_looked_up_as_the_node_resizes_a_crop(scan: TargetScan):
    """Without a deformation, on voxels that are the scan's, a crop and its resized form are what PyTorch makes of them."""
    volume = ScanVolume.of(scan)
    size = np.array([60 * 3 / 4, 90 * 3 / 1.5, 90 * 3 / 1.5]).round().astype(int)
    image = VirtualImage(volume, tuple(int(n) for n in size), volume.extent_mm / 2, np.eye(3), [torch.zeros(1, 3, 2, 2, 2)])
    full, tissues = image.look_up(whole(image.shape), image.shape)
    assert set(np.unique(tissues)) == {Tissue.AIR, Tissue.MUSCLE, Tissue.ARTERY}
    assert full.shape[1:] == image.shape
    crop = box((5, 37), (80, 144), (70, 134))
    resized = resize(full[None][(slice(None), slice(None), *crop)], (16, 16, 16))[0]
    direct, _ = image.look_up(crop, (16, 16, 16))
    assert float((direct[0] - resized[0]).abs().mean()) < 12  # HU: linear in the scan against linear in its copy
    assert float(((direct[1] >= 0.5) == (resized[1] >= 0.5)).float().mean()) > 0.98


def test_samples_of_scans_show_the_target_and_differ_by_number_only_through_the_generator(scan: TargetScan):
    samples = ScanSamples([ScanVolume.of(scan)], [1.0], 16)
    shares = {}
    for role in ("rough", "fine"):
        drawn = [samples.draw(0, role, np.random.default_rng(seed)) for seed in range(12)]
        assert all(image.shape == target.shape == (1, 16, 16, 16) for image, target in drawn)
        assert all(0 <= image.min() and image.max() <= 1 for image, _ in drawn)
        shares[role] = np.mean([target.mean() for _, target in drawn])
    assert 0 < shares["rough"] < shares["fine"]
    first, again = (samples.draw(number, "fine", np.random.default_rng(5)) for number in (0, 9))
    assert np.array_equal(first[0], again[0])


@pytest.mark.parametrize("is_fine", [False, True])
def test_contrast_medium_changes_the_vessel_and_air_stays_air(scan: TargetScan, is_fine: bool):
    volume = ScanVolume.of(scan)
    wanted = draw_means(np.random.default_rng(4))[Tissue.ARTERY]
    changed = recolour(volume.channels[0, 0], scan.tissues, volume, is_fine, np.random.default_rng(4)).numpy()
    inner = np.zeros_like(scan.target)
    inner[10:40, 49:52, 44:47] = True
    assert changed[inner].mean() == pytest.approx(wanted, abs=2)
    assert np.array_equal(changed[:, :8], scan.hu[:, :8])


def test_a_map_without_its_image_is_painted(scan: TargetScan):
    volume = ScanVolume.of(replace(scan, hu=None))
    assert volume.painted_share == 1 and not volume.means_hu
    image, target = ScanSamples([volume], [1.0], 32).draw(0, "rough", np.random.default_rng(3))
    assert target.any() and image[target > 0].std() < image.std()


def test_a_scan_of_which_little_is_known_is_never_painted(scan: TargetScan):
    assert ScanVolume.of(replace(scan, mapped=False)).painted_share == 0


def test_a_piece_is_a_range_of_slices_of_the_target(scan: TargetScan):
    for seed in range(20):
        cut_off = piece(scan.target, np.random.default_rng(seed))
        slices = np.flatnonzero(cut_off.any(axis=(1, 2)))
        assert len(slices) >= 50 // 7 and np.array_equal(slices, np.arange(slices[0], slices[-1] + 1))


def test_the_chest_is_put_on_the_torso_where_the_aortas_meet(scan: TargetScan):
    shifted = TargetScan(
        "chest", np.roll(scan.hu, 5, axis=2), np.roll(scan.target, 5, axis=2), np.roll(scan.tissues, 5, axis=2), (2.5, 3.0, 3.0)
    )
    torso = TargetScan("torso", scan.hu[:50], scan.target[:50], scan.tissues[:50], scan.spacing_mm)
    both = stack(shifted, torso)
    assert both.hu.shape[0] > 80
    assert np.argwhere(both.target[55])[:, 1].mean() == pytest.approx(45, abs=0.6)
    assert body_extent(both.hu[55], 1) == pytest.approx(body_extent(both.hu[45], 1), abs=1)


def test_plaques_lie_bright_on_the_inside_of_the_rim():
    z, y, x = np.ogrid[:12, :40, :40]
    target = np.broadcast_to((y - 20) ** 2 + (x - 20) ** 2 < 144, (12, 40, 40))
    hu = torch.full(target.shape, 150.0)
    for seed in range(5):
        changed = (calcify(hu, target, np.array([4.0, 1.0, 1.0]), np.random.default_rng(seed)) != hu).numpy()
        assert changed.any() and not changed[~target].any()
        assert not changed[:, 16:25, 16:25].any(), "not in the middle"
        assert changed.sum() < 0.6 * target.sum()
    coarse = calcify(hu, target, np.array([10.0, 10.0, 10.0]), np.random.default_rng(0))
    assert coarse.max() < 150 + 0.45 * 1150, "thin plaques fill a part of a wide voxel"


def test_a_vessel_that_moves_is_followed_and_its_neighbour_is_not():
    bright, outline = np.zeros((10, 60, 60), bool), np.zeros((10, 60, 60), bool)
    y, x = np.ogrid[:60, :60]
    for z in range(10):
        bright[z] = ((y - 30) ** 2 + (x - 15 - z) ** 2 < 64) | ((y - 30) ** 2 + (x - 45) ** 2 < 40)
    follow_disc(bright, (0, 30.0, 15.0, 8.0), range(10), outline)
    assert outline[0].sum() == pytest.approx(200, abs=15)
    assert not outline[0][:, 40:].any()
    with pytest.raises(SeriesError, match="no aorta"):
        follow_disc(np.zeros_like(bright), (0, 30.0, 15.0, 8.0), range(10), outline)


def test_a_vessel_that_turns_sharply_is_outlined_whole():
    bright, outline = np.zeros((4, 60, 60), bool), np.zeros((4, 60, 60), bool)
    y, x = np.ogrid[:60, :60]
    for z in range(4):
        bright[z] = (y - 30) ** 2 + (x - 15 - 6 * z) ** 2 < 64
    follow_disc(bright, (0, 30.0, 15.0, 8.0), range(4), outline)
    assert (outline == bright).all()


def test_the_wall_lies_around_the_lumen_and_not_in_what_is_bright():
    lumen = np.zeros((3, 20, 20), bool)
    lumen[1, 5:10, 5:10] = True
    hu = np.where(lumen, 350, 40).astype(np.float32)
    hu[1, :, 10:] = 300  # a vein beside it
    aorta = with_wall(hu, lumen, (2.5, 1.0, 1.0))
    assert aorta[1, 3:12, 7].all() and aorta[1, 7, 3:10].all() and not aorta[1, 2, 7]
    assert not aorta[:, :, 10:].any() and not aorta[[0, 2]].any()


def test_the_best_weights_are_kept():
    network = UNet(2, 1)
    scores = iter([0.2, 0.9, 0.5])
    best = Best(network, 1, lambda: next(scores))
    kept = None
    for number in range(3):
        with torch.no_grad():
            network.out.conv.bias.fill_(number)
        best.judge()
        kept = best.state["weights"]["out.conv.bias"].item()
    assert kept == 1 and best.state["score"] == 0.9


@pytest.fixture
def pictures(tmp_path: Path, images: list[LabelledImage]) -> tuple[Path, Path]:
    folders = tmp_path / "images", tmp_path / "masks"
    for folder in folders:
        folder.mkdir()
    for number in range(20):
        sample = images[number % 5]
        grey = np.clip(128 + 100 * sample.image[0], 0, 255).astype(np.uint8)
        Image.fromarray(np.stack([grey] * 3, axis=-1)).save(folders[0] / f"{number:02}.png")
        Image.fromarray(sample.mask.astype(np.uint8) * 255).save(folders[1] / f"{number:02}.png")
    return folders


def options(output: Path, *arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    train_sts.add_arguments(parser)
    return parser.parse_args([str(output), "--input-size", "16", "--width", "1", "--threads", "1", *arguments])


def test_the_published_form_trains_on_pictures(tmp_path: Path, pictures: tuple[Path, Path]):
    images, masks = map(str, pictures)
    chosen = options(tmp_path / "run", "--dims", "2", "--images", images, "--masks", masks, "--epochs", "2")
    assert train_sts.run(chosen) == 0
    settings = json.loads((tmp_path / "run" / "run.json").read_text())
    assert settings["channels"] == 3 and len(settings["test"]) == 2
    assert (settings["rough"]["steps"], settings["fine"]["steps"]) == (4, 2)
    state = torch.load(tmp_path / "run" / "model.pt", weights_only=True)
    assert {name.split(".")[0] for name in state} == {"rough", "fine"}


def test_axial_slices_with_an_aorta_are_split_by_patient_and_windowed_as_published(tmp_path: Path):
    z, y, x = np.ogrid[:4, :20, :24]
    for number in range(6):
        target = ((y - 8 - number) ** 2 + (x - 12) ** 2 < 16) & (z < 3)
        hu = np.where(target, 350, 0).astype(np.float32)
        for folder, values in (("images", hu), ("masks", target)):
            (tmp_path / folder).mkdir(exist_ok=True)
            write_nifti(tmp_path / folder / f"patient{number}.nii.gz", values.T, (1.0, 1.0, 2.0))
    chosen = options(tmp_path / "run", "--dims", "2", "--images", str(tmp_path / "images"), "--masks", str(tmp_path / "masks"))
    parts = train_sts.divide(chosen)
    assert (len(parts["training"]), len(parts["validation"]), len(parts["test"])) == (12, 3, 1)
    image, mask = parts["training"][0]
    assert image.shape == (1, 20, 24) and image.min() == pytest.approx(-0.1) and image[0][mask].mean() == pytest.approx(0.4)


def test_the_form_in_3d_trains_and_is_resumed_role_by_role(tmp_path: Path, scan: TargetScan, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(train_sts, "read_aorta_scan", lambda name: scan)
    arguments = ("--scans", "torso", "--rough-steps", "2", "--fine-steps", "2", "--batch", "2")
    assert train_sts.run(options(tmp_path / "run", *arguments)) == 0
    rows = list(csv.DictReader((tmp_path / "run" / "metrics.csv").open()))
    assert [(row["stage"], row["step"]) for row in rows] == [("rough", "2"), ("fine", "2")]
    assert train_sts.run(options(tmp_path / "run", *arguments)) == 1
    assert train_sts.run(options(tmp_path / "run", *arguments, "--resume")) == 0
    assert len(list(csv.DictReader((tmp_path / "run" / "metrics.csv").open()))) == 2


def test_what_cannot_be_trained_on_is_said(tmp_path: Path, pictures: tuple[Path, Path], capsys: pytest.CaptureFixture):
    images, masks = map(str, pictures)
    assert train_sts.run(options(tmp_path / "a")) == 1
    assert train_sts.run(options(tmp_path / "b", "--images", images)) == 1
    Path(masks, "07.png").unlink()
    assert train_sts.run(options(tmp_path / "c", "--dims", "2", "--images", images, "--masks", masks)) == 1
    printed = capsys.readouterr().out
    assert "--scans" in printed and "--masks" in printed and "07" in printed
    with pytest.raises(SeriesError, match="too few"):
        split(2, (0.8, 0.1, 0.1), np.random.default_rng(0))
    with pytest.raises(SeriesError, match="no pictures"):
        PictureFolder.find(tmp_path, tmp_path)


SETTINGS = {
    "input_size": 48, "width": 8, "seed": 1, "scans": ["torso", "stack"],
    "rough": {"steps": 1, "batch": 2, "learning_rate": 0.1}, "fine": {"steps": 1, "batch": 2, "learning_rate": 0.1},
}  # fmt: skip


def test_the_package_says_what_it_is_and_what_it_was_trained_on():
    description = describe("aorta", [SETTINGS])
    assert description.architecture["context"] == 6
    assert [entry["name"] for entry in description.data] == ["ct_torso_totalseg_3mm"]
    with pytest.raises(ValueError, match="licence"):
        describe("aorta", [SETTINGS | {"scans": ["mine"]}])


def test_the_rough_network_alone_has_its_own_tensors_and_recall_follows_from_dice_and_volumes():
    description, tensors = study_sts.rough_alone(describe("aorta", [SETTINGS]), {"rough.e1": np.ones(1), "fine.e1": np.zeros(1)})
    assert description.architecture["name"] == "resized-unet3d" and "context" not in description.architecture
    assert list(tensors) == ["unet.e1"]
    assert study_sts.voxel_recall({"dice": 0.5, "found_ml": 10, "truth_ml": 30}) == pytest.approx(1 / 3)
