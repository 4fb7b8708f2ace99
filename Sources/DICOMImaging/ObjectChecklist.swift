import DICOMCore
public import DICOMFile

/// What dciodvfy does not see, or sees too late: the attributes without which a result is not shown, shown in the wrong
/// place, or filed under the wrong patient.
public enum ObjectChecklist {
    /// - Returns: what is wrong with a segmentation, report or secondary capture, one sentence each.
    public static func violations(in dataSet: DataSet) -> [String] {
        let modality = dataSet.string(.modality) ?? ""
        var violations = missing(common, in: dataSet) + emptyModules(in: dataSet)
        switch modality {
        case "SEG": violations += segmentation(dataSet)
        case "SR": violations += report(dataSet)
        case "OT": violations += missing(image, in: dataSet)
        default: violations.append("modality \(modality) is none of ours")
        }
        return violations
    }

    /// - Throws: `ResultError` with the first violation.
    static func require(_ dataSet: DataSet) throws(ResultError) {
        if let first = violations(in: dataSet).first { throw ResultError(.verificationFailed, first) }
    }

    /// Must have a value in every result.
    private static let common: [(Tag, String)] = [
        (.sopClassUID, "SOPClassUID"), (.sopInstanceUID, "SOPInstanceUID"), (.studyInstanceUID, "StudyInstanceUID"),
        (.seriesInstanceUID, "SeriesInstanceUID"), (.seriesNumber, "SeriesNumber"),
        (.seriesDescription, "SeriesDescription"), (.seriesDate, "SeriesDate"), (.seriesTime, "SeriesTime"),
        (.instanceNumber, "InstanceNumber"), (.contentDate, "ContentDate"), (.contentTime, "ContentTime"),
        (.manufacturer, "Manufacturer"), (.manufacturerModelName, "ManufacturerModelName"),
        (.deviceSerialNumber, "DeviceSerialNumber"), (.softwareVersions, "SoftwareVersions"),
    ]

    /// Must be there, with a value or without.
    private static let type2: [(Tag, String)] = [
        (.patientName, "PatientName"), (.patientID, "PatientID"), (.patientBirthDate, "PatientBirthDate"),
        (.patientSex, "PatientSex"), (.studyDate, "StudyDate"), (.studyTime, "StudyTime"), (.studyID, "StudyID"),
        (.accessionNumber, "AccessionNumber"), (.referringPhysicianName, "ReferringPhysicianName"),
    ]

    private static let image: [(Tag, String)] = [
        (.imageType, "ImageType"), (.rows, "Rows"), (.columns, "Columns"), (.bitsAllocated, "BitsAllocated"),
        (.photometricInterpretation, "PhotometricInterpretation"), (.pixelData, "PixelData"),
    ]

    static func missing(_ attributes: [(Tag, String)], in dataSet: DataSet) -> [String] {
        attributes.filter { !hasValue($0.0, in: dataSet) }.map { "\($0.1) has no value" }
    }

    static func hasValue(_ tag: Tag, in dataSet: DataSet) -> Bool {
        // Pixel data stay on disk: their length has been checked when the file was opened.
        if tag == .pixelData { return dataSet.contains(tag) }
        return dataSet.string(tag) != nil || !dataSet.doubles(tag).isEmpty || !dataSet.items(tag).isEmpty
    }

    private static func emptyModules(in dataSet: DataSet) -> [String] {
        type2.filter { !dataSet.contains($0.0) }.map { "\($0.1) is absent" }
    }
}
