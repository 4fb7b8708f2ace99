import DICOMCore
import DICOMFile

/// The table that turns stored values into those of the modality, in place of slope and intercept (PS3.3 §C.11.1.1).
struct ModalityLUT {
    private let firstStoredValue: Float
    private let values: [Float]

    /// - Returns: nil if the image has no table, or one that is not whole.
    init?(_ image: DataSet, isSigned: Bool) {
        guard let item = image.items(.modalityLUTSequence).first, let bytes = item.bytes(.lutData) else { return nil }
        // Writers disagree whether the descriptor is signed: only its bits count.
        let descriptor = item.ints(.lutDescriptor).map { UInt16(truncatingIfNeeded: $0) }
        guard descriptor.count == 3, (8...16).contains(descriptor[2]) else { return nil }
        let count = descriptor[0] == 0 ? 65536 : Int(descriptor[0])
        // Some writers give entries of 8 bits 16 bits each.
        let isPacked = descriptor[2] == 8 && bytes.count < 2 * count
        guard bytes.count >= (isPacked ? count : 2 * count) else { return nil }
        firstStoredValue = isSigned ? Float(Int16(bitPattern: descriptor[1])) : Float(descriptor[1])
        values = (0..<count).map { index in
            isPacked ? Float(bytes[index]) : Float(UInt16(bytes[2 * index]) | UInt16(bytes[2 * index + 1]) << 8)
        }
    }

    /// Replaces stored values; those before the table get its first entry, those behind it the last. NaN stays.
    func apply(to pixels: UnsafeMutableBufferPointer<Float>) {
        let last = Float(values.count - 1)
        for index in pixels.indices where !pixels[index].isNaN {
            pixels[index] = values[Int(min(max(pixels[index] - firstStoredValue, 0), last))]
        }
    }
}
