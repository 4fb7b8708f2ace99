import Foundation

/// One remark about how a series became a volume, or why it did not; holds no patient data.
public struct AssemblyMessage: Hashable, Sendable, Codable, CustomStringConvertible {
    public let code: AssemblyCode
    public let text: String

    /// Fills the code's template with `values`, in order.
    public init(_ code: AssemblyCode, _ values: String...) {
        var parts = code.template.components(separatedBy: "{}")
        precondition(parts.count == values.count + 1, "\(code) takes \(parts.count - 1) values")
        var text = parts.removeFirst()
        for (value, part) in zip(values, parts) { text += value + part }
        self.code = code
        self.text = text
    }

    /// As it stands in logs and reports: `VOL-W05 gantry tilt 18.5° corrected`.
    public var description: String { "\(code.rawValue) \(text)" }
}
