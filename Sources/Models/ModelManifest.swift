public import DICOMCore

/// model.json, format 1: what a model is, what it is fed, and what its output means.
///
/// Decoding is strict: an unknown key anywhere is an error.
public struct ModelManifest: Sendable, Hashable, Decodable {
    /// The name of the package's folder.
    public let name: String
    /// x.y.z.
    public let version: String
    public let title: String
    public let architecture: ModelArchitecture
    public let input: ModelInput
    public let preprocessing: [PreprocessingStep]
    public let applicability: Applicability
    public let output: ModelOutput
    public let labels: [ManifestLabel]
    public let weights: WeightsEntry
    public let provenance: Provenance
    public let measured: [MeasuredFigure]
    public let intendedUse: String

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case format, name, version, title, architecture, input, preprocessing, applicability, output, labels, weights
        case provenance, measured
        case intendedUse = "intended_use"
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(keyedBy: CodingKeys.self)
        let format = try container.decode(Int.self, forKey: .format)
        guard format == 1 else {
            throw DecodingError.dataCorruptedError(
                forKey: .format, in: container, debugDescription: "format \(format); this version reads format 1")
        }
        name = try container.decode(String.self, forKey: .name)
        version = try container.decode(String.self, forKey: .version)
        title = try container.decode(String.self, forKey: .title)
        architecture = try container.decode(ModelArchitecture.self, forKey: .architecture)
        input = try container.decode(ModelInput.self, forKey: .input)
        preprocessing = try container.decode([PreprocessingStep].self, forKey: .preprocessing)
        applicability = try container.decode(Applicability.self, forKey: .applicability)
        output = try container.decode(ModelOutput.self, forKey: .output)
        labels = try container.decode([ManifestLabel].self, forKey: .labels)
        weights = try container.decode(WeightsEntry.self, forKey: .weights)
        provenance = try container.decode(Provenance.self, forKey: .provenance)
        measured = try container.decode([MeasuredFigure].self, forKey: .measured)
        intendedUse = try container.decode(String.self, forKey: .intendedUse)
    }
}

/// What the network is fed.
public struct ModelInput: Sendable, Hashable, Decodable {
    /// Modality (0008,0060) values that the model is meant for.
    public let modality: [String]
    /// The axes of the array that the network sees; "LPS": x, y, z run to the patient's left, back and head.
    public let orientation: String
    /// The voxel spacing that the network expects along x, y and z; nil: the series' own.
    public let spacingMM: [Double]?

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case modality, orientation
        case spacingMM = "spacing_mm"
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(keyedBy: CodingKeys.self)
        modality = try container.decode([String].self, forKey: .modality)
        orientation = try container.decode(String.self, forKey: .orientation)
        spacingMM = try container.decode([Double]?.self, forKey: .spacingMM)
    }
}

/// What the pixels must show for the model to be applied; what fails gives the outcome not applicable.
public struct Applicability: Sendable, Hashable, Decodable {
    /// The least volume of the region of interest.
    public let minimumROIML: Double?
    /// The least extent of the region of interest (without one: of the image) along each of its axes.
    public let minimumExtentMM: Double?
    /// The least number of slices of the series.
    public let minimumSlices: Int?

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case minimumROIML = "minimum_roi_ml"
        case minimumExtentMM = "minimum_extent_mm"
        case minimumSlices = "minimum_slices"
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(keyedBy: CodingKeys.self)
        minimumROIML = try container.decodeIfPresent(Double.self, forKey: .minimumROIML)
        minimumExtentMM = try container.decodeIfPresent(Double.self, forKey: .minimumExtentMM)
        minimumSlices = try container.decodeIfPresent(Int.self, forKey: .minimumSlices)
    }
}

/// How the network's probabilities become findings.
public struct ModelOutput: Sendable, Hashable, Decodable {
    /// A voxel belongs to a finding if its probability is greater.
    public let threshold: Double
    /// True: each 26-connected component is a finding; false: one segment per label.
    public let instances: Bool
    /// Smaller findings are dropped.
    public let minimumVolumeML: Double
    /// For an organ, of which there is one: only the largest 26-connected component counts, with the holes of its
    /// slices filled.
    public let largestComponent: Bool

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case threshold, instances
        case minimumVolumeML = "minimum_volume_ml"
        case largestComponent = "largest_component"
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(keyedBy: CodingKeys.self)
        threshold = try container.decode(Double.self, forKey: .threshold)
        instances = try container.decode(Bool.self, forKey: .instances)
        minimumVolumeML = try container.decode(Double.self, forKey: .minimumVolumeML)
        largestComponent = try container.decodeIfPresent(Bool.self, forKey: .largestComponent) ?? false
    }
}

/// What one output of the network means, in codes (PS3.3 §C.8.20.2: Segment Description).
public struct ManifestLabel: Sendable, Hashable, Decodable {
    public let value: Int
    /// Segment Label (0062,0005).
    public let label: String
    /// Segmented Property Category Code Sequence (0062,0003).
    public let category: CodedEntry
    /// Segmented Property Type Code Sequence (0062,000F).
    public let type: CodedEntry
    /// Anatomic Region Sequence (0008,2218).
    public let region: CodedEntry?
    /// Recommended display colour: red, green, blue, 0 to 255.
    public let color: [UInt8]

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case value, label, category, type, region, color
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(keyedBy: CodingKeys.self)
        value = try container.decode(Int.self, forKey: .value)
        label = try container.decode(String.self, forKey: .label)
        category = try container.decode(StrictCode.self, forKey: .category).entry
        type = try container.decode(StrictCode.self, forKey: .type).entry
        region = try container.decode(StrictCode?.self, forKey: .region)?.entry
        color = try container.decode([UInt8].self, forKey: .color)
    }
}

/// A coded entry of the manifest: `{code, scheme, meaning}` and no other key.
private struct StrictCode: Decodable {
    let entry: CodedEntry

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case code, scheme, meaning
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(keyedBy: CodingKeys.self)
        entry = CodedEntry(
            try container.decode(String.self, forKey: .code), try container.decode(String.self, forKey: .scheme),
            try container.decode(String.self, forKey: .meaning))
    }
}

/// The file of the weights and what it must be.
public struct WeightsEntry: Sendable, Hashable, Decodable {
    /// A name in the package's folder.
    public let file: String
    /// Lower-case hex.
    public let sha256: String
    public let bytes: Int

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case file, sha256, bytes
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(keyedBy: CodingKeys.self)
        file = try container.decode(String.self, forKey: .file)
        sha256 = try container.decode(String.self, forKey: .sha256)
        bytes = try container.decode(Int.self, forKey: .bytes)
    }
}
