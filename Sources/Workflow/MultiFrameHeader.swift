import DICOMCore
import DICOMFile
import Foundation

/// The positions of the frames of an enhanced image (PS3.3 §C.7.6.16.2.3 and .4).
enum MultiFrameHeader {
    /// - Returns: no planes where the file cannot be read or says nothing about positions.
    static func planes(of file: URL) -> [StackShape.Plane] {
        guard let dataSet = try? DICOMFile(reading: file).dataSet else { return [] }
        let shared = dataSet.items(.sharedFunctionalGroupsSequence).first
        let common = shared.map(orientation) ?? []
        return dataSet.items(.perFrameFunctionalGroupsSequence).compactMap { frame in
            let position = frame.items(.planePositionSequence).first?.doubles(.imagePositionPatient) ?? []
            let own = orientation(frame)
            return StackShape.Plane(position: position, orientation: own.isEmpty ? common : own)
        }
    }

    private static func orientation(_ groups: DataSet) -> [Double] {
        groups.items(.planeOrientationSequence).first?.doubles(.imageOrientationPatient) ?? []
    }
}
