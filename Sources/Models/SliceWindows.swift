internal import Geometry
internal import Imaging
internal import Tensors

/// Windows of whole slices over an image, one after the other without overlap; the last is shifted back so that it
/// ends with the image. An image with fewer slices than a window is one window, in which its first and last slices are
/// repeated beyond its ends: the smaller half of the missing slices before it.
struct SliceWindows {
    let imageSize: GridSize
    /// Slices of a window.
    let depth: Int

    /// The image's slice that each window begins with; negative if the image is shorter than a window.
    var starts: [Int] {
        guard imageSize.depth > depth else { return [-((depth - imageSize.depth) / 2)] }
        return stride(from: 0, to: imageSize.depth, by: depth).map { min($0, imageSize.depth - depth) }
    }

    var shape: TensorShape {
        TensorShape(depth: depth, height: imageSize.height, width: imageSize.width, channels: 1)
    }

    /// What the user should know, if the image is too short.
    var message: String? {
        guard imageSize.depth < depth else { return nil }
        return "The image has \(imageSize.depth) of the \(depth) slices that the network looks at together; its first "
            + "and last were repeated."
    }

    /// The image's slices that a window covers.
    func slices(from start: Int) -> Range<Int> { max(start, 0)..<min(start + depth, imageSize.depth) }

    /// Copies a window of the image into a tensor of `shape`.
    func copy(from image: Grid<Float>, start: Int, into window: Tensor) {
        let area = imageSize.planeCount
        image.elements.withUnsafeBufferPointer { elements in
            guard let base = elements.baseAddress else { return }
            for slice in 0..<depth {
                let source = min(max(start + slice, 0), imageSize.depth - 1)
                (window.base + slice * area).update(from: base + source * area, count: area)
            }
        }
    }
}

/// Probabilities of windows put together: the mean where windows overlap.
struct WindowMean {
    private let windows: SliceWindows
    private var sums: Grid<Float>
    private var counts: [Int]

    init(_ windows: SliceWindows) {
        self.windows = windows
        sums = Grid(size: windows.imageSize, repeating: 0)
        counts = Array(repeating: 0, count: windows.imageSize.depth)
    }

    /// Adds what a window says: values of the window's shape.
    mutating func add(_ values: Tensor, start: Int) {
        let area = windows.imageSize.planeCount
        for slice in windows.slices(from: start) {
            counts[slice] += 1
            let source = values.base + (slice - start) * area
            sums.elements.withUnsafeMutableBufferPointer { sums in
                for index in 0..<area { sums[slice * area + index] += source[index] }
            }
        }
    }

    consuming func mean() -> Grid<Float> {
        let area = windows.imageSize.planeCount
        var result = sums
        result.elements.withUnsafeMutableBufferPointer { elements in
            for (slice, count) in counts.enumerated() where count > 1 {
                for index in slice * area..<(slice + 1) * area { elements[index] /= Float(count) }
            }
        }
        return result
    }
}
