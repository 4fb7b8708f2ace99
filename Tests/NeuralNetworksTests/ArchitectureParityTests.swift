import NeuralNetworks
import Tensors
import Testing

/// Every architecture against PyTorch, on deterministic weights, layer by layer.
@Suite struct ArchitectureParityTests {
    /// LowRes has golden files of another form, for its two stages.
    static let architectures = NetworkArchitecture.allCases.filter { $0 != .lowRes }
    /// Of the range of each value.
    static let tolerance = 2e-5

    @Test(
        "outputs and intermediate values agree with PyTorch; channels beyond a value's own stay zero",
        arguments: architectures, ComputeEngine.available)
    func parity(_ architecture: NetworkArchitecture, _ engine: ComputeEngine) throws {
        let golden = try GoldenNetwork.load(architecture)
        let run = try GoldenRun(golden, threads: 2, engine: engine)
        #expect(golden.outputs.count >= 6)
        for (name, sample) in golden.outputs {
            let value = try #require(run.outputs[name]), channels = try #require(run.channels[name])
            let extent = value.shape.extent
            let sides = golden.axes == "xyz" ? [extent.x, extent.y, extent.z] : [extent.z, extent.y, extent.x]
            #expect(sample.shape == [channels] + sides, "\(name)")
            #expect(sample.relativeError(of: value, axes: golden.axes) < Self.tolerance, "\(name)")
            let stored = value.shape.channels
            #expect(value.elements.indices.allSatisfy { $0 % stored < channels || value.elements[$0] == 0 }, "\(name)")
        }
    }

    @Test("the same bits on repeat and for 1, 2 and 4 threads", arguments: architectures, ComputeEngine.available)
    func bitwiseRepeat(_ architecture: NetworkArchitecture, _ engine: ComputeEngine) throws {
        let golden = try GoldenNetwork.load(architecture)
        let expected = try GoldenRun(golden, threads: 1, engine: engine).bits
        for threads in [1, 2, 4] {
            #expect(try GoldenRun(golden, threads: threads, engine: engine).bits == expected)
        }
    }

    @Test("names and shapes of all tensors are those of the training code", arguments: architectures)
    func tensorTable(_ architecture: NetworkArchitecture) throws {
        let golden = try GoldenNetwork.load(architecture)
        let tables = try golden.networks().map(\.parameters)
        let table = tables.reduce(into: [String: [Int]]()) { $0.merge($1) { first, _ in first } }
        #expect(table == golden.parameters)
        #expect(tables.map(\.count).reduce(0, +) == table.count)
    }

    @Test(
        "parameters: as many as published",
        arguments: [
            (NetworkArchitecture.segmentThenSegment2D, 2 * 7_762_465), (.uNet3D, 19_073_634), (.deepMedic39, 678_152),
            (.mobileNetV2UNet3D, 4_571_820), (.eNet3D, 633_638), (.lowRes, 726_087),
        ])
    func parameterCount(_ architecture: NetworkArchitecture, _ published: Int) {
        let trained = architecture.networks().flatMap { $0.parameters.filter { !$0.key.contains("running") } }
        #expect(trained.map { $0.value.reduce(1, *) }.reduce(0, +) == published)
    }

    @Test(
        "multiply-accumulates per patch: as published",
        arguments: [
            (NetworkArchitecture.uNet3D, 64, 244.2), (.deepMedic39, 138, 320.2), (.mobileNetV2UNet3D, 96, 5.16),
            (.eNet3D, 96, 2.00), (.segmentThenSegment3D, 64, 59.5),
        ])
    func work(_ architecture: NetworkArchitecture, _ side: Int, _ published: Double) throws {
        let network = try #require(architecture.networks().first)
        let work = try network.multiplyAccumulates([PerAxis(side)])
        #expect(abs(Double(work) / 1e9 / published - 1) < 0.005)
    }
}
