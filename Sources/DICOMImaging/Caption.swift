import Imaging

/// A line of text drawn into the lower left corner of a picture, in capitals five pixels wide and seven high.
struct Caption {
    let text: String

    static let researchUseOnly = Caption(text: "RESEARCH USE ONLY")

    /// White on black, magnified to about a third of the picture's width.
    func draw(on image: inout PNGImage) {
        let glyphWidth = 6
        let scale = max(1, image.width / 3 / (text.count * glyphWidth))
        let margin = 2 * scale
        let top = image.height - (7 + 4) * scale
        guard top >= 0, text.count * glyphWidth * scale + 2 * margin <= image.width else { return }
        for y in -scale..<9 * scale {
            for x in 0..<(text.count * glyphWidth + 1) * scale {
                let isSet = y >= 0 && isSet(column: x / scale - 1, row: y / scale)
                let pixel = ((top + y + scale) * image.width + margin + x) * image.format.channels
                for channel in 0..<image.format.channels { image.pixels[pixel + channel] = isSet ? 255 : 0 }
            }
        }
    }

    private func isSet(column: Int, row: Int) -> Bool {
        guard column >= 0, row < 7, column / 6 < text.count, column % 6 < 5 else { return false }
        let letter = text[text.index(text.startIndex, offsetBy: column / 6)]
        guard let rows = Self.glyphs[letter] else { return false }
        return rows[row] >> (4 - column % 6) & 1 == 1
    }

    /// The letters of the captions, row by row, the leftmost pixel in bit 4.
    private static let glyphs: [Character: [UInt8]] = [
        "A": [0x0E, 0x11, 0x11, 0x1F, 0x11, 0x11, 0x11],
        "C": [0x0E, 0x11, 0x10, 0x10, 0x10, 0x11, 0x0E],
        "E": [0x1F, 0x10, 0x10, 0x1E, 0x10, 0x10, 0x1F],
        "H": [0x11, 0x11, 0x11, 0x1F, 0x11, 0x11, 0x11],
        "L": [0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x1F],
        "N": [0x11, 0x19, 0x15, 0x13, 0x11, 0x11, 0x11],
        "O": [0x0E, 0x11, 0x11, 0x11, 0x11, 0x11, 0x0E],
        "R": [0x1E, 0x11, 0x11, 0x1E, 0x14, 0x12, 0x11],
        "S": [0x0F, 0x10, 0x10, 0x0E, 0x01, 0x01, 0x1E],
        "U": [0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x0E],
        "Y": [0x11, 0x11, 0x0A, 0x04, 0x04, 0x04, 0x04],
    ]
}
