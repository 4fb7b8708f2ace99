import DICOMCore
import DICOMNetwork
import Testing

@Suite struct FileMetaInformationTests {
    private let information = FileMetaInformation(
        sopClassUID: .ctImageStorage, sopInstanceUID: SOPInstanceUID("2.25.123")!,
        transferSyntaxUID: TransferSyntax.jpegLSLossless.uid, sourceAETitle: AETitle("CT1")!,
        receivingAETitle: AETitle("FOVEA")!)

    @Test("what is written is read back, and the data set begins behind it")
    func roundTrip() throws {
        let bytes = information.encoded()
        let (read, offset) = try #require(FileMetaInformation.decode(bytes + [0x08, 0x00, 0x16, 0x00]))
        #expect(offset == bytes.count)
        #expect(read.sopClassUID == information.sopClassUID)
        #expect(read.sopInstanceUID == information.sopInstanceUID)
        #expect(read.transferSyntaxUID == information.transferSyntaxUID)
    }

    @Test("every value has even length and the group length counts what follows it")
    func layout() {
        let bytes = information.encoded()
        #expect(bytes.count % 2 == 0)
        let following = UInt8(bytes.count - 144)
        let groupLength = Array("DICM".utf8) + [2, 0, 0, 0] + Array("UL".utf8) + [4, 0, following, 0, 0, 0]
        #expect(Array(bytes[128..<144]) == groupLength)
    }

    @Test("cut or changed bytes never trap")
    func hostileBytes() {
        let bytes = information.encoded()
        for count in 0..<bytes.count {
            #expect(FileMetaInformation.decode(Array(bytes.prefix(count)))?.information != information)
        }
        for index in 128..<bytes.count {
            var changed = bytes
            changed[index] = 0xFF
            _ = FileMetaInformation.decode(changed)
        }
        #expect(FileMetaInformation.decode([]) == nil)
        #expect(FileMetaInformation.decode([UInt8](repeating: 0, count: 400)) == nil)
    }
}
