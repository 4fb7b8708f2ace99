import DICOMImaging
import Testing

@Suite struct AssemblyCodeTests {
    @Test("Messages stand in reports under any character set, so they are ASCII", arguments: AssemblyCode.allCases)
    func ascii(_ code: AssemblyCode) {
        #expect(code.template.utf8.count == code.template.unicodeScalars.count)
        #expect(!code.template.isEmpty)
    }

    @Test("The letter of a code tells its severity")
    func severity() {
        for code in AssemblyCode.allCases {
            let letter = code.rawValue.dropFirst(4).prefix(1)
            #expect(["E", "W", "I"].contains(letter))
            #expect((code.severity == .error) == (letter == "E"))
            #expect((code.severity == .warning) == (letter == "W"))
        }
    }
}
