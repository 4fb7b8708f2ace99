import Foundation
import Imaging
import Testing

@Suite struct PNGImageTests {
    @Test("Grey and colour images come back pixel by pixel", arguments: [PNGImage.Format.grey, .rgb])
    func roundTrip(_ format: PNGImage.Format) throws {
        var random = SplitMix64(seed: 8)
        let pixels = (0..<7 * 5 * format.channels).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        let image = PNGImage(width: 7, height: 5, format: format, pixels: pixels)
        #expect(try PNGImage(decoding: image.encoded()) == image)
    }

    @Test("Written files begin with the PNG signature, and replace what was there")
    func writing() throws {
        let image = PNGImage(width: 2, height: 1, format: .grey, pixels: [0, 255])
        try withTemporaryFolder { folder in
            let url = folder.appendingPathComponent("a.png")
            try Data("old".utf8).write(to: url)
            try image.write(to: url)
            let bytes = Array(try Data(contentsOf: url))
            #expect(bytes.prefix(8) == [137, 80, 78, 71, 13, 10, 26, 10])
            #expect(try PNGImage(decoding: bytes) == image)
            #expect(throws: PNGError.self) { try image.write(to: folder.appendingPathComponent("no/a.png")) }
        }
    }

    @Test("Garbage and cut files are refused")
    func damaged() throws {
        let image = PNGImage(width: 30, height: 30, format: .rgb, pixels: [UInt8](repeating: 3, count: 2700))
        let bytes = try image.encoded()
        #expect(throws: PNGError.self) { try PNGImage(decoding: [1, 2, 3]) }
        #expect(throws: PNGError.self) { try PNGImage(decoding: []) }
        #expect(throws: PNGError.self) { try PNGImage(decoding: Array(bytes.prefix(bytes.count / 2))) }
    }
}
