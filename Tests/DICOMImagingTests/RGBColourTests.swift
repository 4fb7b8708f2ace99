import DICOMImaging
import Testing

@Suite struct RGBColourTests {
    /// Values of highdicom 0.28.2 (`CIELabColor.from_rgb`).
    @Test(
        "colours as DICOM CIELab",
        arguments: [
            (RGBColour(red: 0, green: 0, blue: 0), [0, 32896, 32896]),
            (RGBColour(red: 255, green: 255, blue: 255), [65535, 32897, 32893]),
            (RGBColour(red: 144, green: 238, blue: 144), [56720, 20990, 42391]),
            (RGBColour(red: 221, green: 130, blue: 101), [41661, 41167, 40792]),
        ])
    func cieLab(_ colour: RGBColour, _ expected: [Int]) {
        #expect(zip(colour.cieLab, expected).allSatisfy { abs($0 - $1) <= 8 }, "\(colour.cieLab)")
    }
}
