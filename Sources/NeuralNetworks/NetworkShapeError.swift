/// A network does not take inputs of these extents.
public struct NetworkShapeError: Error, Hashable, CustomStringConvertible {
    /// The layer that cannot be computed.
    public let layer: String
    public let reason: String

    public var description: String { "\(layer): \(reason)" }
}
