import DICOMCore
import DICOMFile

/// An attribute of the patient or study that results take over from the source.
///
/// Real headers hold ages without unit, dotted dates, and worse. An identifying value is copied as it is, right or
/// wrong, since it must match the archive's; a descriptive one only if it is valid, so that our objects stay valid.
struct CopiedAttribute {
    let tag: Tag
    /// Type 2 (PS3.5 §7.4.3): present in every object, empty if unknown.
    var isRequired = false
    var isValid: @Sendable (String) -> Bool = { _ in true }

    static let all = [
        CopiedAttribute(tag: .specificCharacterSet),
        // Patient (PS3.3 §C.7.1.1)
        CopiedAttribute(tag: .patientName, isRequired: true),
        CopiedAttribute(tag: .patientID, isRequired: true),
        CopiedAttribute(tag: .issuerOfPatientID),
        CopiedAttribute(tag: .patientBirthDate, isRequired: true, isValid: isDate),
        CopiedAttribute(tag: .patientSex, isRequired: true, isValid: { ["M", "F", "O"].contains($0) }),
        CopiedAttribute(tag: .patientIdentityRemoved, isValid: { ["YES", "NO"].contains($0) }),
        CopiedAttribute(tag: .deidentificationMethod),
        CopiedAttribute(tag: .deidentificationMethodCodeSequence),
        // General and patient study (PS3.3 §C.7.2)
        CopiedAttribute(tag: .studyDate, isRequired: true, isValid: isDate),
        CopiedAttribute(tag: .studyTime, isRequired: true, isValid: isTime),
        CopiedAttribute(tag: .referringPhysicianName, isRequired: true),
        CopiedAttribute(tag: .studyID, isRequired: true),
        CopiedAttribute(tag: .accessionNumber, isRequired: true),
        CopiedAttribute(tag: .issuerOfAccessionNumberSequence),
        CopiedAttribute(tag: .studyDescription),
        CopiedAttribute(tag: .patientAge, isValid: isAge),
        CopiedAttribute(tag: .patientSize, isValid: isDecimal),
        CopiedAttribute(tag: .patientWeight, isValid: isDecimal),
    ]

    func copy(from source: DataSet, to target: DataSet) throws {
        if ObjectChecklist.hasValue(tag, in: source), source.string(tag).map(isValid) ?? true {
            try target.copy(tag, from: source)
        } else if isRequired {
            try target.setEmpty(tag)
        }
    }

    @Sendable private static func isDate(_ text: String) -> Bool {
        guard text.utf8.count == 8, let value = Int(text) else { return false }
        return (1...12).contains(value / 100 % 100) && (1...31).contains(value % 100)
    }

    /// HHMMSS.FFFFFF, from the right as much as is known (PS3.5 §6.2).
    @Sendable private static func isTime(_ text: String) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard let whole = parts.first, parts.count <= 2, [2, 4, 6].contains(whole.utf8.count),
            parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } })
        else { return false }
        return parts.count == 1 || (whole.utf8.count == 6 && (1...6).contains(parts[1].utf8.count))
    }

    @Sendable private static func isAge(_ text: String) -> Bool {
        text.utf8.count == 4 && Int(text.prefix(3)) != nil && "DWMY".contains(text.suffix(1))
    }

    @Sendable private static func isDecimal(_ text: String) -> Bool {
        text.utf8.count <= 16 && Double(text) != nil
    }
}
