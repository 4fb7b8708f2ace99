import DICOMCore
import Testing

@Suite struct TransferSyntaxTests {
    @Test("every raw value is a well-formed UID and leads back to its syntax", arguments: TransferSyntax.allCases)
    func uids(syntax: TransferSyntax) throws {
        let uid = try #require(TransferSyntaxUID(syntax.rawValue))
        #expect(TransferSyntax(uid) == syntax)
        #expect(syntax.uid == uid)
    }

    @Test("what we prefer: uncompressed first, then lossless, then what may be lossy")
    func preference() {
        let all = TransferSyntax.inOrderOfPreference
        #expect(all.prefix(2) == [.explicitVRLittleEndian, .implicitVRLittleEndian])
        #expect(all.dropFirst(2).filter(\.isEncapsulated).count == all.count - 2)
        #expect(all.map(\.isLossy) == all.map(\.isLossy).sorted { !$0 && $1 })
    }

    @Test("big endian, deflated and unknown syntaxes are not accepted", arguments: [
        "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.4.100", "1.2.3",
    ])
    func refused(uid: String) throws {
        #expect(TransferSyntax(try #require(TransferSyntaxUID(uid))) == nil)
    }
}
