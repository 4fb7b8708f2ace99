import DICOMCore
import DICOMImaging

/// Headers of an axial CT stack of 20 slices at 2.5 mm, each to be spoilt by a test.
func axialStack(_ count: Int = 20, spacingMM: Double = 2.5) -> [SliceHeader] {
    axialStack(at: (0..<count).map { Double($0) * spacingMM })
}

func axialStack(at positionsMM: [Double]) -> [SliceHeader] {
    positionsMM.enumerated().map { index, z in
        var header = SliceHeader()
        header.fileIndex = index
        header.sopClassUID = .ctImageStorage
        header.sopInstanceUID = SOPInstanceUID("1.2.3.\(index + 1)")
        header.seriesInstanceUID = SeriesInstanceUID("1.2.3")
        header.studyInstanceUID = StudyInstanceUID("1.2")
        header.frameOfReferenceUID = FrameOfReferenceUID("1.2.9")
        header.modality = "CT"
        header.imageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
        header.instanceNumber = index + 1
        header.imagePositionPatient = ["-100", "-120", "\(z)"]
        header.imageOrientationPatient = ["1", "0", "0", "0", "1", "0"]
        header.pixelSpacing = ["0.8", "0.7"]
        header.rows = 64
        header.columns = 80
        header.rescaleSlope = 1
        header.rescaleIntercept = -1024
        return header
    }
}

extension [SliceHeader] {
    /// The stack with some of its headers changed.
    func changing(_ indices: some Sequence<Int>, _ change: (inout SliceHeader) -> Void) -> [SliceHeader] {
        var headers = self
        for index in indices { change(&headers[index]) }
        return headers
    }

    func changingAll(_ change: (inout SliceHeader) -> Void) -> [SliceHeader] { changing(indices, change) }

    /// Every image twice, the second time changed.
    func doubled(_ change: (inout SliceHeader) -> Void) -> [SliceHeader] {
        self + map { header in
            var copy = header
            copy.sopInstanceUID = SOPInstanceUID("\(header.sopInstanceUID!).9")
            change(&copy)
            return copy
        }
    }
}

/// What the rules say: the codes of an accepted series in order, or the code of the refusal.
enum Verdict: Equatable {
    case accepted([AssemblyCode])
    case refused(AssemblyCode)

    static func of(
        _ headers: [SliceHeader], options: AssemblyOptions = AssemblyOptions(), samePixels: Bool = false
    ) -> Verdict {
        do {
            let stack = CandidateStack(headers, options: options) { _, _ in samePixels }
            return .accepted(try AssemblyRule.decide(stack).messages.map(\.code))
        } catch {
            return .refused(error.code)
        }
    }
}
