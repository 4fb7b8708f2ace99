internal import Tensors

extension NetworkPlan {
    /// Seconds that a run will take on so many threads that have a core each.
    ///
    /// Every convolution computes at the speed of a plain matrix product on this machine, which is measured, times the
    /// advantage of its algorithm; every step moves its values through memory once. Within a third on the published
    /// networks, but E-Net, whose maps are small, takes three times as long.
    public func forecastSeconds(threads: Int) -> Double {
        let speed = ComputeSpeed.of(network.engine)
        let seconds = zip(network.steps, steps).reduce(0) { sum, step in
            let rate = speed.multiplyAccumulatesPerSecond * Self.advantage(of: step.1.algorithm)
            return sum + storedMultiplyAccumulates(step.0, step.1) / rate
                + Double(step.1.bytes) / (Self.shareOfCopy * speed.bytesPerSecond)
        }
        return seconds / Double(threads)
    }

    /// The channels that pad a value are computed too.
    private func storedMultiplyAccumulates(_ step: CompiledNetwork.Step, _ report: StepReport) -> Double {
        guard case .convolution(_, let layer) = step.work else { return 0 }
        func padding(_ node: Int, _ channels: Int) -> Double { Double(shapes[node].channels) / Double(channels) }
        let inputs = layer.form == .depthwise ? 1 : padding(step.operands[0], layer.inChannels)
        return Double(report.multiplyAccumulates) * inputs * padding(step.results[0], layer.outChannels)
    }

    /// How many multiply-accumulates of the definition an algorithm does in the time of one of a plain matrix product.
    ///
    /// Measured on the published networks at their real sizes (`RealSizeTests`), one thread, AVX-512 and AVX2, Xeon
    /// with 2 MB of second-level cache.
    private static func advantage(of algorithm: String) -> Double {
        advantages.first { algorithm.hasPrefix($0.algorithm) }?.factor ?? 1
    }

    /// The first that fits counts.
    private static let advantages: [(algorithm: String, factor: Double)] = [
        ("Winograd F(4,3)^3", 3.8), ("Winograd F(4x4", 2.5), ("Winograd", 2.2), ("depthwise", 0.25),
        ("im2col + sums", 0.08),
    ]

    /// The bytes of a step, of those that a plain copy moves in the same time; measured likewise.
    private static let shareOfCopy = 0.55
}
