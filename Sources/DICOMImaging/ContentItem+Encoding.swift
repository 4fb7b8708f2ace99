import DICOMCore
import DICOMFile

extension ContentItem {
    /// Writes the root item into the data set of the document itself (PS3.3 §C.17.3).
    func encodeAsRoot(into document: DataSet) throws {
        try encodeContent(into: document)
    }

    private func encode(into parent: DataSet) throws {
        let item = try parent.appendItem(.contentSequence)
        try item.set(.relationshipType, relationship.rawValue)
        try encodeContent(into: item)
    }

    private func encodeContent(into item: DataSet) throws {
        try item.set(.valueType, value.type)
        if let name { try item.set(.conceptNameCodeSequence, code: name) }
        try value.encode(into: item)
        for child in children { try child.encode(into: item) }
    }
}

extension ContentItem.Value {
    fileprivate var type: String {
        switch self {
        case .container: "CONTAINER"
        case .code: "CODE"
        case .text: "TEXT"
        case .number: "NUM"
        case .uid: "UIDREF"
        case .image: "IMAGE"
        }
    }

    fileprivate func encode(into item: DataSet) throws {
        switch self {
        case .container(let template): try Self.encodeContainer(template, into: item)
        case .code(let code): try item.set(.conceptCodeSequence, code: code)
        case .text(let text): try item.set(.textValue, text)
        case .number(let number, let unit): try Self.encodeNumber(number, unit, into: item)
        case .uid(let uid): try item.set(.uid, uid)
        case .image(let reference): try Self.encodeImage(reference, into: item)
        }
    }

    private static func encodeContainer(_ template: String?, into item: DataSet) throws {
        try item.set(.continuityOfContent, "SEPARATE")
        guard let template else { return }
        let identification = try item.appendItem(.contentTemplateSequence)
        try identification.set(.mappingResource, "DCMR")
        try identification.set(.templateIdentifier, template)
    }

    private static func encodeNumber(_ number: Double, _ unit: CodedEntry, into item: DataSet) throws {
        let measured = try item.appendItem(.measuredValueSequence)
        try measured.set(.numericValue, significant(number, digits: 6))
        try measured.set(.measurementUnitsCodeSequence, code: unit)
    }

    private static func encodeImage(_ reference: ContentItem.ImageReference, into item: DataSet) throws {
        let referenced = try item.appendItem(.referencedSOPSequence)
        try referenced.set(.referencedSOPClassUID, reference.instance.sopClassUID.rawValue)
        try referenced.set(.referencedSOPInstanceUID, reference.instance.sopInstanceUID.rawValue)
        if let frame = reference.frameNumber { try referenced.set(.referencedFrameNumber, int: frame) }
        if let segment = reference.segmentNumber { try referenced.set(.referencedSegmentNumber, int: segment) }
    }
}
