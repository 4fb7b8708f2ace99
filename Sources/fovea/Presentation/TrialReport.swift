import Models

/// What `fovea model bench` measured.
struct TrialReport: Encodable {
    struct Stage: Encodable {
        let name: String
        let seconds: Double
    }

    struct Layer: Encodable {
        /// "stage2.v.1": network and layer of the published table.
        let name: String
        let algorithm: String
        let calls: Int
        let ms: Double
        let gflops: Double
        let mb: Double

        init(_ timing: LayerTiming) {
            name = timing.layer.isEmpty ? timing.network : "\(timing.network).\(timing.layer)"
            algorithm = timing.algorithm
            calls = timing.calls
            ms = timing.seconds * 1000
            gflops = timing.effectiveGFLOPS
            mb = Double(timing.bytes) / 1e6
        }
    }

    let model: String
    let shape: [Int]
    let isa: String
    let threads: Int
    let repeats: Int
    let path: String
    let totalS: Double
    let stages: [Stage]
    let layers: [Layer]
    let peakMemoryMb: Double?

    init(model: String, shape: [Int], isa: String, threads: Int, repeats: Int, _ timing: MethodTrial.Timing) {
        self.model = model
        self.shape = shape
        self.isa = isa
        self.threads = threads
        self.repeats = repeats
        path = timing.path
        totalS = timing.seconds
        stages = timing.stages.map { Stage(name: $0.step, seconds: $0.seconds) }
        layers = timing.layers.map(Layer.init)
        peakMemoryMb = ProcessMemory.peakMB
    }

    /// For people.
    var text: String {
        var table = TextTable(
            ("LAYER", .left), ("ALGORITHM", .left), ("CALLS", .right), ("ms", .right),
            ("GFLOPS", .right), ("MB", .right))
        for layer in layers {
            table.add(
                layer.name, layer.algorithm, "\(layer.calls)", Texts.decimal(layer.ms, 2),
                layer.gflops > 0 ? Texts.decimal(layer.gflops, 0) : "", Texts.decimal(layer.mb, 1))
        }
        let stageLines = stages.map { "\($0.name): \(Texts.decimal($0.seconds * 1000, 1)) ms" }
        let shapeText = shape.map(String.init).joined(separator: " x ")
        return ([table.text, ""] + stageLines + [
            "\(path)",
            "\(model), \(shapeText), \(isa), \(threads) threads: \(Texts.decimal(totalS * 1000, 1)) ms "
                + "(median of \(repeats)), peak memory \(Texts.decimal(peakMemoryMb, 0)) MB",
        ]).joined(separator: "\n")
    }
}
