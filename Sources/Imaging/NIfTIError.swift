/// Why a NIfTI file was not read or written.
public struct NIfTIError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// The file cannot be opened, or writing failed.
        case inputOutput
        /// Not a single-file NIfTI-1 image (`n+1`).
        case notNIfTI
        /// More than three dimensions, none, or more voxels than `NIfTI.maximumVoxelCount`.
        case unsupportedSize
        /// Complex numbers, colours, 64-bit integers and the like.
        case unsupportedDataType
        /// No orientation, or axes that are not perpendicular.
        case unusableGeometry
        /// The file ends before its voxels do.
        case truncated
        /// Values that are no labels: fractions, or outside of 0 to 65535.
        case notLabels
    }

    public let code: Code
    /// What is wrong and what can be done.
    public let message: String
    public let cause: (any Error)?

    init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    public var description: String { "\(code.rawValue): \(message)" }
}
