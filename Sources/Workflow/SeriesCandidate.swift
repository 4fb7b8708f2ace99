public import DICOMCore

/// A series as the choice between the series of a study sees it.
public struct SeriesCandidate: Sendable, Hashable {
    public var seriesInstanceUID: SeriesInstanceUID
    /// nil where the series has none: it then competes with no other.
    public var frameOfReferenceUID: FrameOfReferenceUID?
    public var seriesNumber: Int?
    public var imageCount: Int
    /// The values of ImageType (0008,0008) that any of its images has, in upper case.
    public var imageTypes: Set<String>
    /// ConvolutionKernel (0018,1210).
    public var kernel = ""
    /// nil where the images say nothing about their position.
    public var shape: StackShape?

    public init(
        seriesInstanceUID: SeriesInstanceUID, frameOfReferenceUID: FrameOfReferenceUID?, seriesNumber: Int?,
        imageCount: Int,
        imageTypes: Set<String>, shape: StackShape?
    ) {
        self.seriesInstanceUID = seriesInstanceUID
        self.frameOfReferenceUID = frameOfReferenceUID
        self.seriesNumber = seriesNumber
        self.imageCount = imageCount
        self.imageTypes = imageTypes
        self.shape = shape
    }

    /// What ImageType calls images that are made from others or are no stack (PS3.3 §C.7.6.1.1.2, §C.8.2.1.1.1, and
    /// usage).
    private static let unsuitableTypes: KeyValuePairs = [
        "LOCALIZER": "localizer images", "MPR": "a reformat", "CPR": "a curved reformat", "MIP": "a projection",
        "MAX_IP": "a projection", "MIN_IP": "a projection", "MINIP": "a projection", "PROJECTION IMAGE": "a projection",
        "VOLUME_RENDER": "a rendering", "3D": "a rendering", "SCREEN SAVE": "a screen capture",
        "SECONDARY": "secondary images", "DOSE_INFO": "a dose report",
    ]

    /// Why the series is for no pipeline; nil if it may be chosen.
    public var ineligibility: String? { Self.unsuitableTypes.first { imageTypes.contains($0.key) }?.value }

    var isOriginal: Bool { !imageTypes.contains("DERIVED") }
}
