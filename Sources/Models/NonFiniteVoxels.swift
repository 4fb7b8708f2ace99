internal import Imaging

/// NaN and infinity in an image count as its lowest intensity.
enum NonFiniteVoxels {
    /// Replaces them and returns how many there were; nil if no voxel is finite.
    static func replace(in volume: inout Volume) -> Int? {
        var count = 0
        var lowest = Float.infinity
        for value in volume.voxels {
            if value.isFinite { lowest = min(lowest, value) } else { count += 1 }
        }
        guard lowest.isFinite else { return nil }
        if count > 0 {
            for index in volume.voxels.indices where !volume.voxels[index].isFinite { volume.voxels[index] = lowest }
        }
        return count
    }
}
