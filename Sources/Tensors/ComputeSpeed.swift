internal import Glibc
internal import Synchronization

/// What one thread of this machine does in a second, for forecasts.
public struct ComputeSpeed: Sendable {
    /// Of a plain matrix product.
    public let multiplyAccumulatesPerSecond: Double
    /// Read and written, beyond the caches.
    public let bytesPerSecond: Double

    private static let known = Mutex<[ComputeEngine: ComputeSpeed]>([:])

    /// Measured when it is first asked for, in some milliseconds; the fastest of a few times, so that other work on the
    /// machine does not count.
    public static func of(_ engine: ComputeEngine) -> ComputeSpeed {
        known.withLock { known in
            if let speed = known[engine] { return speed }
            let speed = ComputeSpeed(
                multiplyAccumulatesPerSecond: measuredMultiplyAccumulates(engine),
                bytesPerSecond: measuredBytes())
            known[engine] = speed
            return speed
        }
    }

    /// The thread's own seconds: other work on the machine does not count.
    private static func fastestSeconds(_ body: () -> Void) -> Double {
        (0..<5).map { _ in
            let start = threadSeconds()
            body()
            return threadSeconds() - start
        }.min() ?? .infinity
    }

    private static func threadSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
    }

    /// 4096 voxels of 128 channels to as many: 67 million.
    private static func measuredMultiplyAccumulates(_ engine: ComputeEngine) -> Double {
        let channels = 128, shape = TensorShape(PerAxis(16), channels: channels)
        let weights = [Float](repeating: 0.5, count: channels * channels)
        let convolution = engine.convolution(
            ConvolutionParameters(window: .same(1), inChannels: channels, outChannels: channels, weights: weights))
        let input = AlignedBuffer(count: shape.count, repeating: 1), result = AlignedBuffer(count: shape.count)
        let scratch = AlignedBuffer(count: convolution.scratchFloats(shape))
        let seconds = fastestSeconds {
            for item in 0..<convolution.itemCount(shape) {
                convolution.compute(
                    item, from: Tensor(base: input.base, shape: shape), residual: nil,
                    into: Tensor(base: result.base, shape: shape), scratch: scratch.base)
            }
        }
        return Double(shape.voxelCount * weights.count) / seconds
    }

    /// A copy of 64 MB.
    private static func measuredBytes() -> Double {
        let source = AlignedBuffer(count: 16 << 20, repeating: 1), target = AlignedBuffer(count: 16 << 20, repeating: 0)
        let seconds = fastestSeconds { target.base.update(from: source.base, count: source.count) }
        return Double(source.byteCount + target.byteCount) / seconds
    }
}
