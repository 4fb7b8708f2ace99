public import Foundation

/// A result to be stored: a finished file in the spool.
public struct ResultObject: Sendable {
    public enum Role: String, Sendable, Codable {
        case segmentation, report, overlay
    }

    public let file: URL
    public let attributes: InstanceAttributes
    public let role: Role
    /// Only these destinations get it; nil: all of the answer's.
    public let destinations: [String]?

    public init(file: URL, attributes: InstanceAttributes, role: Role, destinations: [String]? = nil) {
        self.file = file
        self.attributes = attributes
        self.role = role
        self.destinations = destinations
    }
}
