internal import Geometry
internal import Imaging
internal import Tensors

/// Slices of an image with both sides padded to a multiple: the smaller half of the padding comes first.
struct PaddedSlices {
    let imageSize: GridSize
    let width: Int
    let height: Int

    init(_ imageSize: GridSize, multiple: Int) {
        self.imageSize = imageSize
        width = (imageSize.width + multiple - 1) / multiple * multiple
        height = (imageSize.height + multiple - 1) / multiple * multiple
    }

    func shape(_ count: Int) -> TensorShape {
        TensorShape(depth: count, height: height, width: width, channels: 1)
    }

    /// The first element of a row of the image in a padded slice.
    private func offset(row: Int, slice: Int) -> Int {
        (width - imageSize.width) / 2 + width * ((height - imageSize.height) / 2 + row + height * slice)
    }

    /// Fills a tensor with some of the image's slices.
    func copy(_ image: Grid<Float>, _ slices: Range<Int>, into tensor: Tensor, filling: Float) {
        tensor.elements.update(repeating: filling)
        image.elements.withUnsafeBufferPointer { elements in
            guard let base = elements.baseAddress else { return }
            for slice in slices {
                for row in 0..<imageSize.height {
                    let source = base + imageSize.width * (row + imageSize.height * slice)
                    (tensor.base + offset(row: row, slice: slice - slices.lowerBound)).update(
                        from: source, count: imageSize.width)
                }
            }
        }
    }

    /// Writes padded slices of one channel to their place in an image, without the padding.
    func copyBack(_ tensor: Tensor, to slices: Range<Int>, of image: UnsafeMutableBufferPointer<Float>) {
        guard let base = image.baseAddress else { return }
        for slice in slices {
            for row in 0..<imageSize.height {
                (base + imageSize.width * (row + imageSize.height * slice)).initialize(
                    from: tensor.base + offset(row: row, slice: slice - slices.lowerBound), count: imageSize.width)
            }
        }
    }
}
