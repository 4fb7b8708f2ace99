/// What a manifest must fulfil beyond having the right keys and types.
struct ManifestChecks {
    private let manifest: ModelManifest
    private let folder: String

    init(_ manifest: ModelManifest, folder: String) {
        self.manifest = manifest
        self.folder = folder
    }

    func run() throws(ModelPackageError) {
        try checkIdentity()
        try checkArchitecture()
        try checkInput()
        try checkPreprocessing()
        try checkOutput()
        try checkWeights()
    }

    private func require(_ condition: Bool, _ message: String) throws(ModelPackageError) {
        guard condition else { throw ModelPackageError(.manifest, "model.json: \(message)") }
    }

    private func checkIdentity() throws(ModelPackageError) {
        try require(manifest.name == folder, "name \"\(manifest.name)\" is not the folder's name \"\(folder)\"")
        let numbers = manifest.version.split(separator: ".", omittingEmptySubsequences: false)
        try require(
            numbers.count == 3 && numbers.allSatisfy { UInt32($0) != nil },
            "version \"\(manifest.version)\" is not x.y.z")
        try require(!manifest.title.isEmpty, "title is empty")
        try require(
            manifest.intendedUse.hasSuffix("Research use only."), "intended_use must end with \"Research use only.\"")
    }

    private func checkArchitecture() throws(ModelPackageError) {
        let definition = manifest.architecture.definition
        try require(
            definition.inChannels == 1 && definition.outChannels == 1,
            "\(definition.name) has one channel in and one out")
        try require(definition.fault == nil, "\(definition.name): \(definition.fault ?? "")")
        try require(manifest.labels.count == definition.outChannels, "there must be one label per output channel")
    }

    private func checkInput() throws(ModelPackageError) {
        try require(!manifest.input.modality.isEmpty, "input.modality names none")
        try require(manifest.input.orientation == "LPS", "input.orientation must be \"LPS\"")
        guard manifest.input.spacingMM == nil else {
            throw ModelPackageError(
                .unsupported, "model.json: input.spacing_mm: this version runs models at native spacing")
        }
        let least = [manifest.applicability.minimumROIML, manifest.applicability.minimumExtentMM].compactMap(\.self)
        try require(least.allSatisfy { $0 >= 0 && $0.isFinite }, "applicability holds a negative minimum")
    }

    /// The region of interest is determined once, before the steps that refer to it.
    private func checkPreprocessing() throws(ModelPackageError) {
        var region: RegionOfInterestKind?
        var isResampled = false
        for step in manifest.preprocessing {
            switch step {
            case .roi(let kind):
                try require(region == nil, "preprocessing has two roi steps")
                guard kind != .body else {
                    throw ModelPackageError(.unsupported, "model.json: this version does not compute the roi \"body\"")
                }
                region = kind
            case .cropToROI, .fillOutsideROI:
                try require(region == .lungs, "preprocessing uses a region of interest before an roi step")
                try require(!isResampled, "preprocessing uses the region of interest after resampling")
            case .resample:
                try require(!isResampled, "preprocessing resamples twice")
                isResampled = true
            case .clip, .scale, .zScore, .percentileScale, .only: break
            }
        }
    }

    private func checkOutput() throws(ModelPackageError) {
        let output = manifest.output
        try require(output.threshold > 0 && output.threshold < 1, "output.threshold must lie between 0 and 1")
        try require(output.minimumVolumeML >= 0, "output.minimum_volume_ml is negative")
        try require(
            !(output.instances && output.largestComponent), "output.largest_component is for models without instances")
        try require(
            manifest.labels.map(\.value) == Array(1...max(1, manifest.labels.count)), "labels must be 1, 2, ...")
        try require(manifest.labels.allSatisfy { $0.color.count == 3 }, "a color must be [r, g, b]")
        try require(manifest.labels.allSatisfy { !$0.label.isEmpty }, "a label has no name")
    }

    private func checkWeights() throws(ModelPackageError) {
        let weights = manifest.weights
        try require(
            !weights.file.isEmpty && !weights.file.contains("/") && !weights.file.hasPrefix("."),
            "weights.file must be a name in the package's folder")
        try require(
            weights.sha256.utf8.count == 64 && weights.sha256.allSatisfy { $0.isHexDigit && !$0.isUppercase },
            "weights.sha256 must be 64 lower-case hex digits")
        try require(weights.bytes > 0, "weights.bytes must be positive")
    }
}
