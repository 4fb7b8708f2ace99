internal import Geometry
internal import Imaging

/// Turns scores into findings.
struct FindingExtraction {
    struct Result {
        /// On the grid of the scores.
        let labels: Grid<UInt16>
        let findings: [Finding]
    }

    private let output: ModelOutput
    private let definition: ManifestLabel?
    private let voxelVolumeML: Double

    init(_ manifest: ModelManifest, spacing: SpacingMM) {
        output = manifest.output
        definition = manifest.labels.first
        voxelVolumeML = spacing.voxelVolumeML
    }

    /// The components (or the whole mask) with at least the minimum volume, the largest first; of equals, the one that
    /// the scan meets first.
    func extract(from scores: ScoreMap) -> Result {
        let values = scores.values
        let mask = mask(of: scores)
        let components = ConnectedComponents(of: mask, connectivity: .twentySix)
        let groups = output.instances ? (0..<components.count).map { [$0 + 1] } : [Array(1..<components.count + 1)]
        let sizes = groups.map { $0.reduce(0) { $0 + components.sizes[$1 - 1] } }
        let kept = groups.indices
            .filter { sizes[$0] > 0 && Double(sizes[$0]) * voxelVolumeML >= output.minimumVolumeML }
            .sorted { (-sizes[$0], $0) < (-sizes[$1], $1) }
            .prefix(Int(UInt16.max))
        var labelOfComponent = [UInt16](repeating: 0, count: components.count + 1)
        for (position, group) in kept.enumerated() {
            for component in groups[group] { labelOfComponent[component] = UInt16(position + 1) }
        }
        let labels = components.labelGrid { labelOfComponent[$0] }
        let maxima = maxima(of: values, labels, count: kept.count).map(scores.probability)
        return Result(labels: labels, findings: findings(sizes: kept.map { sizes[$0] }, scores: maxima))
    }

    private func mask(of scores: ScoreMap) -> Mask {
        let threshold = scores.value(of: output.threshold)
        let mask = Mask(size: scores.values.size, elements: scores.values.elements.map { $0 > threshold ? 1 : 0 })
        guard output.largestComponent else { return mask }
        let components = ConnectedComponents(of: mask, connectivity: .twentySix)
        return components.mask { $0 == components.largest }.withSliceHolesFilled()
    }

    private func maxima(of values: Grid<Float>, _ labels: Grid<UInt16>, count: Int) -> [Float] {
        var maxima = [Float](repeating: -.infinity, count: count + 1)
        for (value, label) in zip(values.elements, labels.elements) where label > 0 {
            maxima[Int(label)] = max(maxima[Int(label)], value)
        }
        return Array(maxima.dropFirst())
    }

    private func findings(sizes: [Int], scores: [Double]) -> [Finding] {
        guard let definition else { return [] }
        return zip(sizes, scores).enumerated().map { position, found in
            Finding(
                label: UInt16(position + 1), definition: definition, score: found.1, voxelCount: found.0)
        }
    }
}
