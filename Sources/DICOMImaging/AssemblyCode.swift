/// What can be said about a series on its way to a volume: one code and one message per case.
///
/// `VOL-E` codes refuse the series (or, for `missingFrameOfReference`, the segmentation), `VOL-W` codes accept it
/// with a warning, `VOL-I` codes with a remark. The codes are stable: they stand in logs, in the queue and in reports.
public enum AssemblyCode: String, CaseIterable, Sendable, Codable {
    case missingSlices = "VOL-E02"
    case inseparableDuplicates = "VOL-E03"
    case mixedMatrix = "VOL-E04"
    case missingFrameOfReference = "VOL-E05"
    case missingGeometry = "VOL-E06"
    case skewedOrientation = "VOL-E07"
    case tooFewSlices = "VOL-E08"
    case notHounsfield = "VOL-E09"
    case notGreyscale = "VOL-E10"
    case undecodable = "VOL-E11"
    case derivedImages = "VOL-E12"
    case inconsistentIdentity = "VOL-E13"
    case onlyLocalizers = "VOL-E14"
    case noImages = "VOL-E15"
    case unevenSpacing = "VOL-E16"
    case missingUIDs = "VOL-E17"
    case unusableModalityLUT = "VOL-E18"

    case spacingJitter = "VOL-W01"
    case variableSpacing = "VOL-W02"
    case duplicateSlices = "VOL-W03"
    case severalOrientations = "VOL-W04"
    case gantryTilt = "VOL-W05"
    case renormalizedOrientation = "VOL-W06"
    case multiFrame = "VOL-W07"
    case modalityLUT = "VOL-W08"
    case lossySource = "VOL-W09"
    case severalStacks = "VOL-W10"
    case severalFramesOfReference = "VOL-W11"
    case missingSliceInterpolated = "VOL-W12"

    case localizersIgnored = "VOL-I01"
    case rescalePerSlice = "VOL-I02"
    case displayScaling = "VOL-I03"
    case implausibleAir = "VOL-I04"
    case monochrome1 = "VOL-I05"
    case shiftedBits = "VOL-I06"

    /// Whether the case refuses the series, warns, or only informs.
    public var severity: AssemblySeverity {
        switch rawValue.dropFirst("VOL-".count).first {
        case "E": .error
        case "W": .warning
        default: .information
        }
    }

    /// The message, with `{}` where a value goes.
    public var template: String {
        switch self {
        case .missingSlices:
            "{} slices missing between {} and {} mm along the slice normal; send the whole series again"
        case .inseparableDuplicates:
            "{} positions hold several different images that no single attribute (echo, phase, b-value) tells apart; "
                + "send each stack as a series of its own"
        case .mixedMatrix: "mixed matrix or pixel size: {} and {}"
        case .missingFrameOfReference: "no frame of reference: no SEG written"
        case .missingGeometry: "no geometry: {} images lack a usable {}"
        case .skewedOrientation: "image orientation is not orthonormal (off by {})"
        case .tooFewSlices: "only {} slices over {} mm; at least {} over {} mm are needed"
        case .notHounsfield: "not Hounsfield units: {}"
        case .notGreyscale: "not a greyscale image: {}"
        case .undecodable: "cannot decode image {}: {}"
        case .derivedImages: "derived images ({}) are not measured"
        case .inconsistentIdentity: "inconsistent {} under one series UID; nothing is sent to anybody"
        case .onlyLocalizers: "only localizer images"
        case .noImages: "no CT, MR or PET images"
        case .unevenSpacing: "slice spacing from {} to {} mm is too uneven to resample"
        case .missingUIDs: "{} images have no valid {}; send them with it, since results must refer to them"
        case .unusableModalityLUT:
            "the modality LUT of image {} is incomplete or not in the image itself; send the image with a whole one"
        case .spacingJitter: "slice spacing varies by {} %"
        case .variableSpacing: "variable spacing of {} to {} mm, resampled"
        case .duplicateSlices: "{} duplicate slices ignored"
        case .severalOrientations: "series holds {} orientations; the most axial one is processed"
        case .gantryTilt: "gantry tilt of {} degrees corrected"
        case .renormalizedOrientation: "image orientation made orthonormal (off by {})"
        case .multiFrame: "multi-frame source"
        case .modalityLUT: "modality LUT applied"
        case .lossySource: "lossy source"
        case .severalStacks: "{} stacks at the same positions, told apart by {}; the {} one is processed"
        case .severalFramesOfReference: "{} frames of reference; the one with most images is processed"
        case .missingSliceInterpolated: "one slice missing at {} mm along the slice normal, interpolated"
        case .localizersIgnored: "{} localizer or derived images ignored"
        case .rescalePerSlice: "rescale slope or intercept differ per slice"
        case .displayScaling: "Philips display scaling used"
        case .implausibleAir: "values below -1100 HU clipped to -1024 HU"
        case .monochrome1: "MONOCHROME1: values are used as they are"
        case .shiftedBits: "stored bits are not the lowest bits; shifted and masked"
        }
    }
}

/// What an `AssemblyCode` means for the series.
public enum AssemblySeverity: Sendable {
    case information, warning, error
}
