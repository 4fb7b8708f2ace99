import DICOMCore
import DICOMImaging
import Foundation
import Testing

@Suite struct AssemblyRuleTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let headers: [SliceHeader]
        let verdict: Verdict
        var options = AssemblyOptions()
        var samePixels = false
        var testDescription: String { name }
    }

    @Test("every row of the decision table", arguments: eligibility + pixels + planes + duplicates + spacing)
    func row(_ row: Case) {
        #expect(Verdict.of(row.headers, options: row.options, samePixels: row.samePixels) == row.verdict)
    }

    @Test("every code of the decision belongs to one rule, and the table reaches each")
    func codes() {
        let ofRules = AssemblyRule.all.flatMap(\.codes)
        let ofPixels: Set<AssemblyCode> = [.undecodable, .unusableModalityLUT, .implausibleAir]
        #expect(Set(ofRules).count == ofRules.count)
        #expect(Set(ofRules).union(ofPixels) == Set(AssemblyCode.allCases))
        let reached = (Self.eligibility + Self.pixels + Self.planes + Self.duplicates + Self.spacing)
            .flatMap { row in
                switch row.verdict {
                case .accepted(let codes): codes
                case .refused(let code): [code]
                }
            }
        #expect(Set(reached) == Set(ofRules))
    }

    static let eligibility: [Case] = [
        Case(name: "a normal stack", headers: axialStack(), verdict: .accepted([])),
        Case(name: "no file", headers: [], verdict: .refused(.noImages)),
        Case(
            name: "segmentations and reports only",
            headers: axialStack().changingAll { $0.sopClassUID = .segmentationStorage }, verdict: .refused(.noImages)),
        Case(
            name: "masks stored as CT images",
            headers: axialStack().changingAll { $0.modality = "SEG" }, verdict: .refused(.noImages)),
        Case(
            name: "images whose SOP instance UIDs were emptied",
            headers: axialStack().changingAll { $0.sopInstanceUID = nil }, verdict: .refused(.missingUIDs)),
        Case(
            name: "CT without any UID",
            headers: axialStack().changingAll {
                ($0.sopClassUID, $0.sopInstanceUID) = (nil, nil)
                ($0.studyInstanceUID, $0.seriesInstanceUID) = (nil, nil)
            }, verdict: .refused(.missingUIDs)),
        Case(
            name: "one image without a UID is not passed over",
            headers: axialStack().changing([7]) { $0.sopInstanceUID = nil }, verdict: .refused(.missingUIDs)),
        Case(
            name: "a report among the images is passed over",
            headers: axialStack(21).changing([20]) { $0.sopClassUID = .comprehensive3DSRStorage },
            verdict: .accepted([])),
        Case(
            name: "two patients", headers: axialStack().changing([3]) { $0.patientIdentity = "another" },
            verdict: .refused(.inconsistentIdentity)),
        Case(
            name: "two studies",
            headers: axialStack().changing([3]) { $0.studyInstanceUID = StudyInstanceUID("1.9") },
            verdict: .refused(.inconsistentIdentity)),
        Case(
            name: "two series",
            headers: axialStack().changing([3]) { $0.seriesInstanceUID = SeriesInstanceUID("1.9") },
            verdict: .refused(.inconsistentIdentity)),
        Case(
            name: "a localizer in the series",
            headers: axialStack(21).changing([20]) {
                $0.imageType = ["ORIGINAL", "PRIMARY", "LOCALIZER"]
                $0.imageOrientationPatient = ["1", "0", "0", "0", "0", "-1"]
            }, verdict: .accepted([.localizersIgnored])),
        Case(
            name: "localizers only",
            headers: axialStack(2).changingAll { $0.imageType = ["ORIGINAL", "PRIMARY", "LOCALIZER", "CT_SOM5 TOP"] },
            verdict: .refused(.onlyLocalizers)),
        Case(
            name: "a reformat", headers: axialStack().changingAll { $0.imageType = ["DERIVED", "SECONDARY", "MPR"] },
            verdict: .refused(.derivedImages)),
        Case(
            name: "a maximum intensity projection",
            headers: axialStack().changingAll { $0.imageType = ["DERIVED", "SECONDARY", "AXIAL", "CSA MIP"] },
            verdict: .refused(.derivedImages)),
        Case(
            name: "a converted original", headers: axialStack().changingAll { $0.imageType = ["DERIVED", "SECONDARY"] },
            verdict: .accepted([])),
        Case(
            name: "secondary captures",
            headers: axialStack().changingAll { $0.sopClassUID = .secondaryCaptureImageStorage },
            verdict: .refused(.derivedImages)),
        Case(
            name: "burned-in annotation", headers: axialStack().changingAll { $0.hasBurnedInAnnotation = true },
            verdict: .refused(.derivedImages)),
        Case(
            name: "a multi-frame source",
            headers: axialStack().enumerated().map { index, header in
                var header = header
                (header.isMultiFrame, header.frameIndex, header.fileIndex) = (true, index, 0)
                return header
            }, verdict: .accepted([.multiFrame])),
        Case(
            name: "a lossy source", headers: axialStack().changing([4]) { $0.isLossy = true },
            verdict: .accepted([.lossySource])),
        Case(
            name: "a lossy source where none is wanted", headers: axialStack().changing([4]) { $0.isLossy = true },
            verdict: .refused(.lossySource), options: options { $0.refusesLossySource = true }),
    ]

    static let pixels: [Case] = [
        Case(
            name: "colour", headers: axialStack().changing([1]) { $0.samplesPerPixel = 3 },
            verdict: .refused(.notGreyscale)),
        Case(
            name: "a palette", headers: axialStack().changing([1]) { $0.photometricInterpretation = "PALETTE COLOR" },
            verdict: .refused(.notGreyscale)),
        Case(
            name: "32 bits allocated", headers: axialStack().changing([1]) { $0.bitsAllocated = 32 },
            verdict: .refused(.notGreyscale)),
        Case(
            name: "absurd bits", headers: axialStack().changing([1]) { $0.bitsStored = 17 },
            verdict: .refused(.notGreyscale)),
        Case(
            name: "MONOCHROME1", headers: axialStack().changingAll { $0.photometricInterpretation = "MONOCHROME1" },
            verdict: .accepted([.monochrome1])),
        Case(
            name: "shifted bits", headers: axialStack().changingAll { ($0.bitsStored, $0.highBit) = (12, 15) },
            verdict: .accepted([.shiftedBits])),
        Case(
            name: "CT without intercept", headers: axialStack().changing([7]) { $0.rescaleIntercept = nil },
            verdict: .refused(.notHounsfield)),
        Case(
            name: "CT in other units", headers: axialStack().changingAll { $0.rescaleType = "Z_EFF" },
            verdict: .refused(.notHounsfield)),
        Case(
            name: "legacy conversion of CT without rescale type",
            headers: axialStack().changingAll {
                ($0.sopClassUID, $0.rescaleType) = (.legacyConvertedEnhancedCTImageStorage, "US")
            }, verdict: .accepted([])),
        Case(
            name: "CT with a modality LUT", headers: axialStack().changingAll { $0.hasModalityLUT = true },
            verdict: .refused(.notHounsfield)),
        Case(
            name: "CT in HU, said so", headers: axialStack().changingAll { $0.rescaleType = "HU" },
            verdict: .accepted([])),
        Case(
            name: "MR without rescale",
            headers: magneticResonance.changingAll { ($0.rescaleSlope, $0.rescaleIntercept) = (nil, nil) },
            verdict: .accepted([])),
        Case(
            name: "MR with a modality LUT", headers: magneticResonance.changingAll { $0.hasModalityLUT = true },
            verdict: .accepted([.modalityLUT])),
        Case(
            name: "slopes per slice", headers: magneticResonance.changing([2]) { $0.rescaleSlope = 1.5 },
            verdict: .accepted([.rescalePerSlice])),
        Case(
            name: "Philips scaling", headers: magneticResonance.changingAll { $0.hasPhilipsScaling = true },
            verdict: .accepted([.displayScaling])),
    ]

    static let planes: [Case] = [
        Case(
            name: "no position", headers: axialStack().changing([5]) { $0.imagePositionPatient = [] },
            verdict: .refused(.missingGeometry)),
        Case(
            name: "no orientation", headers: axialStack().changing([5]) { $0.imageOrientationPatient = [] },
            verdict: .refused(.missingGeometry)),
        Case(
            name: "no pixel spacing", headers: axialStack().changing([5]) { $0.pixelSpacing = [] },
            verdict: .refused(.missingGeometry)),
        Case(
            name: "a position that is no number",
            headers: axialStack().changing([5]) { $0.imagePositionPatient = ["1", "x", "2"] },
            verdict: .refused(.missingGeometry)),
        Case(
            name: "infinite position",
            headers: axialStack().changing([5]) { $0.imagePositionPatient = ["1", "inf", "2"] },
            verdict: .refused(.missingGeometry)),
        Case(
            name: "pixel spacing 0", headers: axialStack().changing([5]) { $0.pixelSpacing = ["0", "0.7"] },
            verdict: .refused(.missingGeometry)),
        Case(
            name: "no matrix", headers: axialStack().changing([5]) { $0.rows = 0 },
            verdict: .refused(.missingGeometry)),
        Case(
            name: "slightly skewed orientation",
            headers: axialStack().changingAll { $0.imageOrientationPatient = ["1", "0.005", "0", "0", "1", "0"] },
            verdict: .accepted([.renormalizedOrientation])),
        Case(
            name: "skewed orientation",
            headers: axialStack().changingAll { $0.imageOrientationPatient = ["1", "0.05", "0", "0", "1", "0"] },
            verdict: .refused(.skewedOrientation)),
        Case(
            name: "no frame of reference", headers: axialStack().changingAll { $0.frameOfReferenceUID = nil },
            verdict: .accepted([.missingFrameOfReference])),
        Case(
            name: "no frame of reference where one is wanted",
            headers: axialStack().changingAll { $0.frameOfReferenceUID = nil },
            verdict: .refused(.missingFrameOfReference), options: options { $0.refusesMissingFrameOfReference = true }),
        Case(
            name: "two frames of reference",
            headers: axialStack(30).changing(20..<30) { $0.frameOfReferenceUID = FrameOfReferenceUID("1.2.8") },
            verdict: .accepted([.severalFramesOfReference])),
        Case(
            name: "two orientations of equal weight",
            headers: axialStack() + axialStack().changingAll {
                $0.imageOrientationPatient = ["1", "0", "0", "0", "0", "-1"]
                $0.imagePositionPatient = ["-100", $0.imagePositionPatient[2], "0"]
            },
            verdict: .accepted([.severalOrientations])),
        Case(
            name: "a few images of another orientation",
            headers: axialStack(22).changing(20..<22) { $0.imageOrientationPatient = ["0", "1", "0", "0", "0", "-1"] },
            verdict: .accepted([.localizersIgnored])),
        Case(
            name: "three planes of three images, not called a localizer",
            headers: magneticResonance.prefix(9).map(\.self)
                .changing(3..<6) { $0.imageOrientationPatient = ["0", "1", "0", "0", "0", "-1"] }
                .changing(6..<9) { $0.imageOrientationPatient = ["1", "0", "0", "0", "0", "-1"] },
            verdict: .refused(.onlyLocalizers)),
        Case(
            name: "another matrix within the stack", headers: axialStack().changing([9]) { $0.rows = 128 },
            verdict: .refused(.mixedMatrix)),
        Case(
            name: "another pixel size at the end",
            headers: axialStack().changing([19]) { $0.pixelSpacing = ["0.9", "0.9"] },
            verdict: .refused(.mixedMatrix)),
        Case(
            name: "a reference image with another matrix at the place of a slice",
            headers: axialStack() + [axialStack()[4]].changing([0]) { ($0.rows, $0.columns) = (128, 128) },
            verdict: .accepted([.localizersIgnored])),
        Case(name: "one slice", headers: axialStack(1), verdict: .refused(.tooFewSlices)),
        Case(name: "nine slices", headers: axialStack(9), verdict: .refused(.tooFewSlices)),
        Case(name: "a thin slab", headers: axialStack(20, spacingMM: 0.5), verdict: .refused(.tooFewSlices)),
        Case(
            name: "two slices where they are enough", headers: axialStack(2), verdict: .accepted([]),
            options: options { ($0.minimumSlices, $0.minimumExtentMM) = (2, 0) }),
    ]

    static let duplicates: [Case] = [
        Case(
            name: "the series sent twice under new UIDs", headers: axialStack().doubled { _ in },
            verdict: .accepted([.duplicateSlices]), samePixels: true),
        Case(
            name: "different images that nothing separates", headers: axialStack().doubled { _ in },
            verdict: .refused(.inseparableDuplicates)),
        Case(
            name: "two echoes",
            headers: axialStack().changingAll { $0.stackKeys[.echoTime] = "20" }
                .doubled { $0.stackKeys[.echoTime] = "80" },
            verdict: .accepted([.severalStacks])),
        Case(
            name: "echoes and phases, which only both together separate",
            headers: axialStack().changingAll { ($0.stackKeys[.echoTime], $0.stackKeys[.triggerTime]) = ("20", "1") }
                .doubled { $0.stackKeys[.echoTime] = "80" }.doubled { $0.stackKeys[.triggerTime] = "2" },
            verdict: .refused(.inseparableDuplicates)),
        Case(
            name: "two phases, the time of every image different",
            headers: axialStack().changingAll { $0.stackKeys[.acquisitionNumber] = "1"
                $0.stackKeys[.contentTime] = "1000\($0.instanceNumber ?? 0)" }
                .doubled { $0.stackKeys[.acquisitionNumber] = "2" },
            verdict: .accepted([.severalStacks])),
        Case(
            name: "one duplicate with other pixels, each image of another time",
            headers: axialStack().changingAll { $0.stackKeys[.contentTime] = "1000\($0.instanceNumber ?? 0)" }
                + axialStack(1).changingAll { $0.stackKeys[.contentTime] = "200000" },
            verdict: .refused(.inseparableDuplicates)),
        Case(
            name: "two stacks of an enhanced object beside each other",
            headers: axialStack(40).changing(0..<20) { $0.stackKeys[.stackID] = "1" }
                .changing(20..<40) { $0.stackKeys[.stackID] = "2" },
            verdict: .accepted([.severalStacks])),
    ]

    static let spacing: [Case] = [
        Case(
            name: "half a percent of jitter", headers: jittering(by: 0.005), verdict: .accepted([])),
        Case(name: "three percent of jitter", headers: jittering(by: 0.03), verdict: .accepted([.spacingJitter])),
        Case(
            name: "head CT, 2.5 mm below and 7.5 mm above",
            headers: axialStack(at: headPositions),
            verdict: .accepted([.variableSpacing])),
        Case(
            name: "spacing that grows", headers: axialStack(at: growingPositions),
            verdict: .accepted([.variableSpacing])),
        Case(name: "one slice missing", headers: without([9]), verdict: .refused(.missingSlices)),
        Case(name: "three slices missing", headers: without([9, 10, 11]), verdict: .refused(.missingSlices)),
        Case(name: "two gaps", headers: without([5, 12]), verdict: .refused(.missingSlices)),
        Case(name: "the last slice but one missing", headers: without([18]), verdict: .refused(.missingSlices)),
        Case(
            name: "every other slice missing in one half", headers: without([3, 5]), verdict: .refused(.missingSlices)),
        Case(
            name: "one slice missing, to be interpolated", headers: without([9]),
            verdict: .accepted([.missingSliceInterpolated, .variableSpacing]),
            options: options { $0.interpolatesOneMissingSlice = true }),
        Case(
            name: "two slices missing, one may be interpolated", headers: without([9, 10]),
            verdict: .refused(.missingSlices), options: options { $0.interpolatesOneMissingSlice = true }),
        Case(
            name: "a slice in between, almost on another one",
            headers: axialStack() + axialStack(at: [10.02]).changingAll { $0.sopInstanceUID = SOPInstanceUID("1.9") },
            verdict: .refused(.unevenSpacing)),
        Case(name: "gantry tilt of 18.5°", headers: tilted(by: 18.5), verdict: .accepted([.gantryTilt])),
        Case(name: "gantry tilt the other way", headers: tilted(by: -18.5), verdict: .accepted([.gantryTilt])),
        Case(
            name: "positions rounded to 0.1 mm on a short stack",
            headers: axialStack().changing([19]) { $0.imagePositionPatient[1] = "-120.1" }, verdict: .accepted([])),
    ]

    private static let headPositions = SyntheticSeries.headPositionsMM
    private static let growingPositions: [Double] = (0..<20).map { (k: Int) -> Double in
        let k = Double(k)
        return 2 * k + 0.02 * k * k
    }

    private static let magneticResonance = axialStack().changingAll {
        $0.sopClassUID = .mrImageStorage
        $0.modality = "MR"
    }

    private static func options(_ change: (inout AssemblyOptions) -> Void) -> AssemblyOptions {
        var options = AssemblyOptions()
        change(&options)
        return options
    }

    private static func jittering(by share: Double) -> [SliceHeader] {
        axialStack(at: (0..<20).map { 2.5 * (Double($0) + ($0 == 10 ? share : 0)) })
    }

    private static func without(_ indices: Set<Int>) -> [SliceHeader] {
        axialStack().enumerated().filter { !indices.contains($0.offset) }.map(\.element)
    }

    /// The table moves along z while the planes are tilted about x.
    private static func tilted(by degrees: Double) -> [SliceHeader] {
        let (c, s) = (cos(degrees * .pi / 180), sin(degrees * .pi / 180))
        return axialStack().changingAll { $0.imageOrientationPatient = ["1", "0", "0", "0", "\(c)", "\(s)"] }
    }
}
