public import DICOMCore

/// An abstract syntax with one transfer syntax (PS3.8 §9.3.2.2): what an object needs of an association.
public struct PresentationContext: Hashable, Sendable, CustomStringConvertible {
    public let sopClassUID: SOPClassUID
    public let transferSyntaxUID: TransferSyntaxUID

    public init(sopClassUID: SOPClassUID, transferSyntaxUID: TransferSyntaxUID) {
        self.sopClassUID = sopClassUID
        self.transferSyntaxUID = transferSyntaxUID
    }

    /// In names where there are any.
    public var description: String {
        let sopClass = StorageClass.with(uid: sopClassUID)?.keyword ?? sopClassUID.rawValue
        return "\(sopClass) in \(TransferSyntax(transferSyntaxUID)?.name ?? transferSyntaxUID.rawValue)"
    }
}
