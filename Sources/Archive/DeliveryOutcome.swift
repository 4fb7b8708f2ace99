public import DICOMCore

/// How an attempt to deliver one object ended.
public enum DeliveryOutcome: Sendable, Equatable {
    /// The destination has it: success or a warning (PS3.4 §B.2.3).
    case sent(DIMSEStatus)
    /// The destination answered, and will not have it now (0xA7xx) or ever (the others).
    case refused(DIMSEStatus)
    /// The destination could not be reached, or broke off during this object.
    case unreachable(String)
    /// The association ended before this object's turn; costs no attempt.
    case notAttempted
}

extension DIMSEStatus {
    /// Whether sending the same object again may succeed: lack of resources and processing failures pass
    /// (PS3.4 §B.2.3, PS3.7 §C.5.10).
    var isTransientRefusal: Bool { rawValue & 0xFF00 == 0xA700 || self == .processingFailure }
}
