package import NeuralNetworks
internal import Tensors

/// `sts-pair`: the 3-D form of Segment-then-Segment with any two methods as the rough and the fine one.
///
/// Each has preprocessing of its own, done after the package's; its tensors are those of its architecture with `rough.`
/// or `fine.` before the name.
package struct PairArchitecture: ArchitectureDefinition {
    package let rough: PairMember
    package let fine: PairMember
    /// Voxels of the image added around a box on every side.
    package let context: Int

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case name, rough, fine, context
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(keyedBy: CodingKeys.self)
        rough = try container.decode(PairMember.self, forKey: .rough)
        fine = try container.decode(PairMember.self, forKey: .fine)
        context = try container.decode(Int.self, forKey: .context)
    }

    package var name: String { "sts-pair" }
    package var axes: KernelAxes { fine.method.axes }
    package var inChannels: Int { max(rough.method.inChannels, fine.method.inChannels) }
    package var outChannels: Int { max(rough.method.outChannels, fine.method.outChannels) }

    package var fault: String? {
        guard (0...1024).contains(context) else { return "context must be 0 to 1024" }
        return rough.fault.map { "rough: \($0)" } ?? fine.fault.map { "fine: \($0)" }
    }

    package var tensorTable: [String: [Int]] {
        [("rough", rough), ("fine", fine)].reduce(into: [:]) { table, part in
            for (name, shape) in part.1.method.tensorTable { table["\(part.0).\(name)"] = shape }
        }
    }

    package func makeInference(
        _ weights: (String) throws -> [Float], _ resources: InferenceResources
    ) throws -> any ImageInference {
        SegmentThenSegment(
            name: name, rough: try rough.makeInference({ try weights("rough.\($0)") }, resources),
            fine: try fine.makeInference({ try weights("fine.\($0)") }, resources), context: context, resources)
    }
}

/// One of the methods of a pair.
package struct PairMember: Sendable, Hashable, Decodable {
    package let preprocessing: [PreprocessingStep]
    private let architecture: ModelArchitecture

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case architecture, preprocessing
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(keyedBy: CodingKeys.self)
        architecture = try container.decode(ModelArchitecture.self, forKey: .architecture)
        preprocessing = try container.decode([PreprocessingStep].self, forKey: .preprocessing)
    }

    var method: any ArchitectureDefinition { architecture.definition }

    var fault: String? {
        if method is PairArchitecture { return "a pair of pairs" }
        guard method.inChannels == 1, method.outChannels == 1 else { return "a network has one channel in and one out" }
        let hasRegion = preprocessing.contains { step in
            switch step {
            case .roi, .cropToROI, .fillOutsideROI: true
            case .clip, .scale, .zScore, .percentileScale, .resample, .only: false
            }
        }
        return hasRegion ? "only the package's own preprocessing has a region of interest" : method.fault
    }

    func makeInference(
        _ weights: (String) throws -> [Float], _ resources: InferenceResources
    ) throws -> any ImageInference {
        let inference = try method.makeInference(weights, resources)
        let preprocessor = Preprocessor(steps: preprocessing, threads: resources.pool.threadCount)
        return preprocessing.isEmpty ? inference : PreparedInference(preprocessor, inference)
    }
}
