import DICOMNetwork
import Testing

@Suite struct CommandSetTests {
    /// C-ECHO-RQ as PS3.7 §9.3.5.1 and §6.3.1 give it: Implicit VR Little Endian, group length first.
    private let echoRequest: [UInt8] = [
        0x00, 0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0x38, 0x00, 0x00, 0x00,  // (0000,0000) 56
        0x00, 0x00, 0x02, 0x00, 0x12, 0x00, 0x00, 0x00,  // (0000,0002)
        0x31, 0x2E, 0x32, 0x2E, 0x38, 0x34, 0x30, 0x2E, 0x31, 0x30, 0x30, 0x30, 0x38, 0x2E, 0x31, 0x2E, 0x31, 0x00,
        0x00, 0x00, 0x00, 0x01, 0x02, 0x00, 0x00, 0x00, 0x30, 0x00,  // (0000,0100) C-ECHO-RQ
        0x00, 0x00, 0x10, 0x01, 0x02, 0x00, 0x00, 0x00, 0x07, 0x00,  // (0000,0110) 7
        0x00, 0x00, 0x00, 0x08, 0x02, 0x00, 0x00, 0x00, 0x01, 0x01,  // (0000,0800) no data set
    ]

    @Test("writes the bytes of the standard")
    func encoding() {
        var command = CommandSet()
        command[number: .dataSetType] = 0x0101
        command[number: .messageID] = 7
        command[number: .commandField] = 0x0030
        command[uid: .affectedSOPClassUID] = "1.2.840.10008.1.1"
        #expect(command.encoded() == echoRequest)
    }

    @Test("reads them back")
    func decoding() throws {
        let command = try #require(CommandSet(decoding: echoRequest))
        #expect(command[number: .commandField] == 0x0030)
        #expect(command[number: .messageID] == 7)
        #expect(command[number: .dataSetType] == 0x0101)
        #expect(command[uid: .affectedSOPClassUID] == "1.2.840.10008.1.1\0")
        #expect(command[number: .status] == nil)
    }

    @Test("whatever is cut off or changed never traps, and whole elements of group 0000 are asked for")
    func hostileBytes() {
        for count in 0..<echoRequest.count { _ = CommandSet(decoding: Array(echoRequest.prefix(count))) }
        for index in echoRequest.indices {
            for value: UInt8 in [0, 1, 0x7F, 0xFF] {
                var bytes = echoRequest
                bytes[index] = value
                _ = CommandSet(decoding: bytes)
            }
        }
        #expect(CommandSet(decoding: Array(echoRequest.dropLast())) == nil)
        #expect(CommandSet(decoding: [0x08, 0x00] + echoRequest.dropFirst(2)) == nil)
        #expect(CommandSet(decoding: [0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFF]) == nil)
        #expect(CommandSet(decoding: [0, 0, 0, 1, 1, 0, 0, 0, 5])?[number: .commandField] == nil)
    }

    @Test("the error comment of a response comes without control characters")
    func errorComment() {
        let bytes: [UInt8] = [0, 0, 0x02, 0x09, 6, 0, 0, 0] + Array("full\n ".utf8)
        #expect(CommandSet(decoding: bytes)?.errorComment == "full ")
    }
}
