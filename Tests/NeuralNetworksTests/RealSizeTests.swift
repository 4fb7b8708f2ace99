import Glibc
import NeuralNetworks
import Tensors
import Testing

/// Whole networks at published width and on real patches: our kernels against matrix products by OpenBLAS, which share
/// no code with them.
@Suite(.serialized) struct RealSizeTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let architecture: NetworkArchitecture
        let extent: PerAxis
        var testDescription: String { "\(architecture.rawValue) \(extent.x)x\(extent.y)x\(extent.z)" }
    }

    static let cases = [
        Case(architecture: .lowRes, extent: PerAxis(z: 104, y: 152, x: 216)),
        Case(architecture: .segmentThenSegment2D, extent: PerAxis(z: 2, y: 256, x: 256)),
        Case(architecture: .segmentThenSegment3D, extent: 48),
        Case(architecture: .uNet3D, extent: 40),
        Case(architecture: .deepMedic39, extent: 87),
        Case(architecture: .mobileNetV2UNet3D, extent: 96),
        Case(architecture: .eNet3D, extent: 96),
    ]

    @Test("the kernels and OpenBLAS agree on whole networks", arguments: cases)
    func agreement(_ test: Case) throws {
        let network = try #require(test.architecture.networks().first)
        let shape = TensorShape(test.extent, channels: 1)
        let input = AlignedBuffer(count: shape.count)
        input.base.update(from: DeterministicWeights.input(count: shape.count), count: shape.count)
        let pool = ComputePool(threads: 2)
        let workspaces = [Workspace(), Workspace()]
        let results = zip([ComputeEngine.openBLAS, .available[0]], workspaces).map { engine, workspace in
            NetworkPlan(LowResParityTests.compiled(network, engine), inputShapes: [shape])
                .run([Tensor(base: input.base, shape: shape)], in: workspace, on: pool)
        }
        for (index, name) in network.outputNames.enumerated() {
            let (expected, computed) = (results[0][index], results[1][index])
            let width = expected.shape.channels, stored = computed.shape.channels
            let range = try #require(expected.elements.max()) - (try #require(expected.elements.min()))
            let worst = expected.elements.indices.reduce(Float(0)) { worst, index in
                let other = computed.elements[index / width * stored + index % width]
                let difference = abs(expected.elements[index] - other)
                return difference > worst || difference.isNaN ? difference : worst
            }
            #expect(worst < Float(ArchitectureParityTests.tolerance) * range, "\(name)")
        }
        withExtendedLifetime(workspaces) {}
    }

    @Test("a forecast is right within a factor of four, and less with more threads", arguments: cases)
    func forecast(_ test: Case) throws {
        let network = try #require(test.architecture.networks().first)
        let shape = TensorShape(test.extent, channels: 1)
        let input = AlignedBuffer(count: shape.count)
        input.base.update(from: DeterministicWeights.input(count: shape.count), count: shape.count)
        let plan = NetworkPlan(LowResParityTests.compiled(network), inputShapes: [shape])
        let pool = ComputePool(threads: 1), workspace = Workspace()
        let seconds = (0..<3).map { _ in
            let start = Self.threadSeconds()
            _ = plan.run([Tensor(base: input.base, shape: shape)], in: workspace, on: pool)
            return Self.threadSeconds() - start
        }.min() ?? 0
        let forecast = plan.forecastSeconds(threads: 1)
        #expect((0.25...4).contains(forecast / seconds), "\(forecast) s for \(seconds) s")
        #expect(plan.forecastSeconds(threads: 2) < forecast)
    }

    /// The thread's own: other work on the machine does not count.
    private static func threadSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
    }
}
