public import Geometry
public import Imaging

/// A model that is ready to run: finds what its package is for in a volume.
///
/// Holds threads and working memory between runs; runs are serialised.
public protocol Segmenter: Sendable {
    var manifest: ModelManifest { get }
    /// The digest of the package.
    var digest: String { get }

    /// What a run on a volume with this grid needs at most (region of interest: the whole volume).
    func forecast(for geometry: GridGeometry) -> Forecast

    /// Segments a volume, in whatever orientation it lies.
    ///
    /// Blocks until done; call it on a thread of your own.
    /// - Parameters:
    ///   - volume: the image; voxels that are not finite count as the lowest intensity.
    ///   - regionOfInterest: replaces the region that the package's `roi` step would compute; on the volume's grid.
    ///   - progress: called with the share of the work done, 0 to 1, on the calling thread.
    func segment(
        _ volume: Volume, regionOfInterest: Mask?, progress: (Double) -> Void
    ) throws(SegmentationError) -> Segmentation

    /// The same with a limited effort, for models that can do with less; for others the same.
    func segment(
        _ volume: Volume, regionOfInterest: Mask?, effort: Effort, progress: (Double) -> Void
    ) throws(SegmentationError) -> Segmentation
}

extension Segmenter {
    public func segment(
        _ volume: Volume, regionOfInterest: Mask?, effort: Effort, progress: (Double) -> Void
    ) throws(SegmentationError) -> Segmentation {
        try segment(volume, regionOfInterest: regionOfInterest, progress: progress)
    }
}

/// What a run needs.
public struct Forecast: Sendable, Hashable {
    /// Working memory at the peak, the volume itself not counted.
    public let peakBytes: Int
    /// Multiply-accumulates, nominal dense count, of what does not depend on the image's content.
    public let multiplyAccumulates: Int
    /// How long the networks take for these, by the measured speed of this machine; nil where nothing is known.
    public let seconds: Double?

    public init(peakBytes: Int, multiplyAccumulates: Int, seconds: Double? = nil) {
        self.peakBytes = peakBytes
        self.multiplyAccumulates = multiplyAccumulates
        self.seconds = seconds
    }
}

/// What a segmenter may use.
public struct ComputeResources: Sendable, Hashable {
    public var threads: Int
    /// nil: no limit.
    public var memoryLimitBytes: Int?

    public init(threads: Int, memoryLimitBytes: Int? = nil) {
        self.threads = threads
        self.memoryLimitBytes = memoryLimitBytes
    }
}
