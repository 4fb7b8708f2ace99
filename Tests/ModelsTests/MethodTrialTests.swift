import Foundation
import Models
import NeuralNetworks
import Testing

@Suite struct MethodTrialTests {
    private static func settings(_ edit: (inout MethodTrial.Settings) -> Void = { _ in }) -> MethodTrial.Settings {
        var settings = MethodTrial.Settings()
        edit(&settings)
        return settings
    }

    @Test("a network alone: every layer once, and the same scores from run to run") func plain() throws {
        let trial = try MethodTrial(published: "enet3d", Self.settings { $0.threads = 2 })
        let input = try Self.input([32, 16, 48])
        let runs = try [trial.run(input), trial.run(input)]
        #expect(runs[0].scores == runs[1].scores)
        #expect(runs[0].scores.shape == [32, 16, 48] && !runs[0].scoresAreProbabilities)
        let timings = try [trial.time(shape: input.shape), trial.time(shape: input.shape)]
        #expect(timings[1].layers.count > 30 && timings[1].layers.allSatisfy { $0.seconds >= 0 && $0.bytes > 0 })
        #expect(timings[1].layers.map(\.seconds).reduce(0, +) <= timings[1].seconds)
        let work = timings[1].layers.map(\.multiplyAccumulates).reduce(0, +)
        #expect(work == timings[0].layers.map(\.multiplyAccumulates).reduce(0, +) && work > 0)
    }

    private static func input(_ shape: [Int]) throws -> TrialArray {
        try #require(TrialArray(shape: shape, values: DeterministicWeights.input(count: shape.reduce(1, *))))
    }

    @Test("the axes of the array are those of the network: x, y, z for LowRes's baselines") func axes() throws {
        let trial = try MethodTrial(published: "mobilenetv2-unet3d", Self.settings())
        let input = try Self.input([32, 64, 32])
        #expect(try trial.run(input).scores.shape == [32, 64, 32])
    }

    @Test("an extent that the network does not take is refused, with the layer") func shape() throws {
        let trial = try MethodTrial(published: "deepmedic39", Self.settings())
        let input = try Self.input([20, 20, 20])
        #expect { try trial.run(input) } throws: { ($0 as? SegmentationError)?.code == .unsuitableVolume }
    }

    @Test("engines and names that are not there are refused by name") func unknown() {
        #expect { try MethodTrial(published: "unet3d", Self.settings { $0.engine = "vax" }) } throws: {
            "\($0)".contains("vax") && "\($0)".contains("openblas")
        }
        #expect(throws: ModelPackageError.self) { try MethodTrial(published: "vgg", Self.settings()) }
    }

    @Test("an array that its shape does not fit is none", arguments: [[2, 3], [2, 3, 0], [2, 3, 5], [2, 3, 4, 1]])
    func array(shape: [Int]) {
        #expect(TrialArray(shape: shape, values: Array(repeating: 0, count: 24)) == nil)
    }

    @Test("what was written is read again, axes of extent 1 left out") func file() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).safetensors")
        defer { try? FileManager.default.removeItem(at: url) }
        let array = try #require(TrialArray(shape: [2, 3, 4], values: (0..<24).map { Float($0) / 7 }))
        try array.write(as: "input", to: url)
        #expect(try TrialArray(readingInputOf: url) == array)
        try array.write(as: "output", to: url)
        #expect(throws: (any Error).self) { try TrialArray(readingInputOf: url) }
    }
}
