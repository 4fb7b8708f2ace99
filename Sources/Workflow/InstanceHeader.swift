public import Archive
import DICOMCore
public import DICOMFile
public import Foundation

/// Reads what the archive wants to know from an object's header.
public enum InstanceHeader {
    /// Why an object cannot be indexed.
    public enum Failure: Error, Sendable, CustomStringConvertible {
        /// Not DICOM, truncated, or without the UIDs that every instance has.
        case unreadable(String)

        public var description: String {
            switch self {
            case .unreadable(let reason): reason
            }
        }
    }

    /// - Throws: `Failure.unreadable`.
    public static func attributes(of file: URL) throws(Failure) -> InstanceAttributes {
        do {
            return try attributes(of: DICOMFile(reading: file))
        } catch let failure as Failure {
            throw failure
        } catch {
            throw .unreadable("\(error)")
        }
    }

    /// - Throws: `Failure.unreadable` where one of the UIDs of PS3.3 §C.7.2.1, §C.7.3.1 and §C.12.1 is missing.
    public static func attributes(of file: DICOMFile) throws(Failure) -> InstanceAttributes {
        let data = file.dataSet
        guard let instance = file.sopInstanceUID, let sopClass = file.sopClassUID,
            let series: SeriesInstanceUID = data.uid(.seriesInstanceUID),
            let study: StudyInstanceUID = data.uid(.studyInstanceUID)
        else { throw .unreadable("a study, series, SOP class or SOP instance UID is missing or malformed") }
        var attributes = InstanceAttributes(
            sopInstanceUID: instance, sopClassUID: sopClass, seriesInstanceUID: series, studyInstanceUID: study,
            transferSyntaxUID: file.transferSyntax)
        attributes.isOwnResult = NodeEquipment.made(data, sopClass)
        describeStudy(&attributes, data)
        describeSeries(&attributes, data)
        describeImage(&attributes, data)
        return attributes
    }

    private static func describeStudy(_ attributes: inout InstanceAttributes, _ data: DataSet) {
        attributes.patientID = data.string(.patientID)
        attributes.accessionNumber = data.string(.accessionNumber)
        attributes.studyDate = data.string(.studyDate)
        attributes.studyDescription = data.string(.studyDescription)
    }

    private static func describeSeries(_ attributes: inout InstanceAttributes, _ data: DataSet) {
        attributes.modality = data.string(.modality)
        attributes.bodyPartExamined = data.string(.bodyPartExamined)
        attributes.seriesDescription = data.string(.seriesDescription)
        attributes.protocolName = data.string(.protocolName)
        attributes.seriesNumber = data.int(.seriesNumber)
        attributes.frameOfReferenceUID = data.uid(.frameOfReferenceUID)
        attributes.manufacturer = data.string(.manufacturer)
    }

    private static func describeImage(_ attributes: inout InstanceAttributes, _ data: DataSet) {
        attributes.instanceNumber = data.int(.instanceNumber)
        attributes.imageType = data.contains(.imageType) ? data.strings(.imageType) : nil
        attributes.rows = data.int(.rows)
        attributes.columns = data.int(.columns)
        attributes.numberOfFrames = data.int(.numberOfFrames)
        attributes.imagePositionPatient = values(data, .imagePositionPatient)
        attributes.imageOrientationPatient = values(data, .imageOrientationPatient)
        attributes.pixelSpacing = values(data, .pixelSpacing)
        attributes.sliceThickness = data.double(.sliceThickness)
        attributes.convolutionKernel = data.string(.convolutionKernel)
        attributes.acquisitionNumber = data.int(.acquisitionNumber)
        attributes.imagesInAcquisition = data.int(.imagesInAcquisition)
        attributes.temporalPositionIndex = data.int(.temporalPositionIndex)
        attributes.echoNumber = data.int(.echoNumbers)
    }

    private static func values(_ data: DataSet, _ tag: Tag) -> [Double]? {
        let numbers = data.doubles(tag)
        return numbers.isEmpty ? nil : numbers
    }
}
