import DICOMCore
import DICOMFile
public import Foundation
import Geometry
public import Imaging

/// The key slice of a finding with its outline, as a secondary capture (PS3.3 §A.8.1): for viewers that cannot draw a
/// segmentation.
public struct OverlayImage: Sendable {
    public let context: ResultContext
    public let series: AssembledSeries
    /// On the source's grid.
    public let labels: LabelMap
    public let finding: ReportedFinding
    /// Across; the height follows from the pixel spacing.
    public var width = 768

    public init(context: ResultContext, series: AssembledSeries, labels: LabelMap, finding: ReportedFinding) {
        self.context = context
        self.series = series
        self.labels = labels
        self.finding = finding
    }

    /// Writes the image and reads it again.
    public func write(to url: URL) throws(ResultError) -> WrittenObject {
        guard labels.size == series.grid.size else {
            throw ResultError(.notRepresentable, "the labels are not on the source's grid")
        }
        return try ResultError.wrapping("overlay") {
            let result = ResultDataSet(
                context: context, role: .overlay(finding: finding.segmentNumber),
                sopClassUID: .secondaryCaptureImageStorage, modality: "OT", seriesNumber: 9003,
                seriesDescription: "\(context.algorithm.name) key slices, research use only",
                instanceNumber: finding.segmentNumber)
            let image = picture
            let dataSet = try result.make()
            try setImage(image, in: dataSet)
            let object = try result.write(dataSet, to: url)
            try verify(object.url, image)
            return object
        }
    }

    private var picture: PNGImage {
        let colour = finding.segment.colour
        let outline = ImageOverlay.Outline(
            mask: labels.mask(of: UInt16(finding.segmentNumber)), color: [colour.red, colour.green, colour.blue])
        let overlay = ImageOverlay(of: series.sourceVolume, window: window, outlines: [outline])
        var image = overlay.image(slice: finding.measurements.keySlice, width: width)
        Caption.researchUseOnly.draw(on: &image)
        return image
    }

    /// The usual window of the organ in CT; elsewhere what the slice holds.
    private var window: DisplayWindow {
        if series.grid.unit == .hounsfield {
            let lung = CodedEntry("39607008", "SCT", "Lung")
            return finding.segment.region == lung ? .lung : .softTissue
        }
        let pixels = series.grid.size.planeCount
        let first = finding.measurements.keySlice * pixels
        let values = series.sourceVolume.voxels[first..<first + pixels].sorted()
        // A few bright vessels must not make the rest black.
        let (low, high) = (values[pixels / 100], values[pixels - 1 - pixels / 100])
        return DisplayWindow(centre: (low + high) / 2, width: max(high - low, 1))
    }

    /// General image, image pixel, SC equipment and SC image modules (PS3.3 §C.7.6.1, §C.7.6.3, §C.8.6).
    private func setImage(_ image: PNGImage, in dataSet: DataSet) throws {
        try dataSet.set(.conversionType, "WSD")
        try dataSet.set(.imageType, "DERIVED\\SECONDARY")
        try dataSet.setEmpty(.patientOrientation)
        try dataSet.setEmpty(.laterality)
        try dataSet.set(.derivationDescription, "Key slice with the outline of \(finding.segment.label)")
        // Neither names nor dates are drawn, only that this is for research.
        try dataSet.set(.burnedInAnnotation, "NO")
        try dataSet.set(.lossyImageCompression, context.source.isLossy ? "01" : "00")
        try setSource(in: dataSet)
        let numbers: [(Tag, Int)] = [
            (.samplesPerPixel, 3), (.planarConfiguration, 0), (.rows, image.height), (.columns, image.width),
            (.bitsAllocated, 8), (.bitsStored, 8), (.highBit, 7), (.pixelRepresentation, 0),
        ]
        for (tag, number) in numbers { try dataSet.set(tag, int: number) }
        try dataSet.set(.photometricInterpretation, "RGB")
        try dataSet.setPixelData(byteCount: (image.pixels.count + 1) / 2 * 2, bitsAllocated: 8) { bytes in
            bytes.copyBytes(from: image.pixels)
        }
    }

    private func setSource(in dataSet: DataSet) throws {
        let slice = series.grid.slices[finding.measurements.keySlice]
        let source = try dataSet.appendItem(.sourceImageSequence)
        try source.set(.referencedSOPClassUID, uid: slice.instance.sopClassUID)
        try source.set(.referencedSOPInstanceUID, uid: slice.instance.sopInstanceUID)
        if let frameNumber = slice.frameNumber { try source.set(.referencedFrameNumber, int: frameNumber) }
        try source.set(.purposeOfReferenceCodeSequence, code: .sourceImageForProcessing)
    }

    private func verify(_ url: URL, _ image: PNGImage) throws {
        let dataSet = try DICOMFile(reading: url).dataSet
        try ObjectChecklist.require(dataSet)
        guard let bytes = dataSet.bytes(.pixelData), bytes.starts(with: image.pixels) else {
            throw ResultError(.verificationFailed, "the written overlay differs from the picture")
        }
    }
}
