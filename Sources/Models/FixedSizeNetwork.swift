package import Geometry
package import Imaging
package import NeuralNetworks
internal import Tensors

/// A network with one input and one output of the same size, that sees images of one size: cubes, or squares of which
/// it takes several at once.
package final class FixedSizeNetwork: Sendable {
    /// Of the square or cube.
    package let side: Int
    /// Squares, not cubes.
    package let isPlanar: Bool
    let resources: InferenceResources
    private let network: CompiledNetwork
    private let workspace = Workspace()

    /// Squares go through the network together up to so many pixels, one slice of a CT.
    private static let pixelsAtOnce = 512 * 512

    /// - Parameter network: a network on slices takes squares, any other cubes.
    package init(_ network: CompiledNetwork, side: Int, _ resources: InferenceResources) {
        self.network = network
        self.side = side
        isPlanar = network.description.axes == .yx
        self.resources = resources
    }

    /// The size of an image that the network sees.
    package var imageSize: GridSize { GridSize(width: side, height: side, depth: isPlanar ? 1 : side) }

    /// How many images go through the network together.
    package var imagesAtOnce: Int { isPlanar ? max(1, Self.pixelsAtOnce / (side * side)) : 1 }

    /// Of `imagesAtOnce` images, their own values and what comes out included.
    package var peakBytes: Int {
        let plan = plan(imagesAtOnce)
        let floats =
            plan.arenaFloats(workers: resources.pool.threadCount)
            + (plan.inputShapes + plan.outputShapes).map(\.count).reduce(0, +)
        return floats * MemoryLayout<Float>.stride
    }

    /// Of one image.
    package var multiplyAccumulates: Int { plan(1).multiplyAccumulates }

    /// For one of `imagesAtOnce` images.
    package var forecastSeconds: Double {
        plan(imagesAtOnce).forecastSeconds(threads: resources.pool.threadCount) / Double(imagesAtOnce)
    }

    private func plan(_ images: Int) -> NetworkPlan {
        let shape = TensorShape(depth: images * imageSize.depth, height: side, width: side, channels: 1)
        return NetworkPlan(network, inputShapes: [shape])
    }

    /// What the network says of each image, as probabilities.
    /// - Parameter images: of `imageSize`, `imagesAtOnce` at most.
    package func probabilities(of images: [Grid<Float>]) -> [Grid<Float>] {
        precondition(
            images.count <= imagesAtOnce && images.allSatisfy { $0.size == imageSize }, "images of another size")
        guard !images.isEmpty else { return [] }
        let plan = plan(images.count), count = imageSize.count
        let buffer = AlignedBuffer(count: plan.inputShapes[0].count)
        for (number, image) in images.enumerated() {
            image.elements.withUnsafeBufferPointer { elements in
                guard let base = elements.baseAddress else { return }
                (buffer.base + number * count).update(from: base, count: count)
            }
        }
        let input = Tensor(base: buffer.base, shape: plan.inputShapes[0])
        let logits = plan.run(
            [input], in: workspace, on: resources.pool,
            observer: resources.recorder?.observer)[0]
        resources.pool.forEach(logits.shape.rowCount) { row, _ in
            Kernels.sigmoid(logits, channels: 1, rows: row..<row + 1, into: logits)
        }
        return images.indices.map { number in
            Grid(size: imageSize, elements: Array(logits.elements[number * count..<(number + 1) * count]))
        }
    }
}
