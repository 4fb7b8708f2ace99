import DICOMCore
import DICOMFile
import Foundation

/// The modules that all result objects share: patient and study of the source, series, equipment and SOP common.
struct ResultDataSet {
    let context: ResultContext
    let role: ResultRole
    let sopClassUID: SOPClassUID
    let modality: String
    let seriesNumber: Int
    let seriesDescription: String
    var instanceNumber = 1

    /// - Throws: `ResultError` if the source's header file cannot be read, `DICOMFileError` if a value is impossible.
    func make() throws -> DataSet {
        let dataSet = try DataSet()
        try copyPatientAndStudy(into: dataSet)
        try setSeries(in: dataSet)
        try setEquipment(in: dataSet)
        try setInstance(in: dataSet)
        return dataSet
    }

    private func copyPatientAndStudy(into dataSet: DataSet) throws {
        let source: DataSet
        do {
            source = try DICOMFile(reading: context.source.headerFile).dataSet
        } catch {
            throw ResultError(.sourceUnreadable, "the source series cannot be read any more", cause: error)
        }
        for attribute in CopiedAttribute.all { try attribute.copy(from: source, to: dataSet) }
        try dataSet.set(.studyInstanceUID, context.source.studyInstanceUID.rawValue)
    }

    private func setSeries(in dataSet: DataSet) throws {
        try dataSet.set(.modality, modality)
        try dataSet.set(.seriesInstanceUID, context.identity.seriesUID(role).rawValue)
        try dataSet.set(.seriesNumber, int: seriesNumber)
        try dataSet.set(.seriesDescription, String(seriesDescription.prefix(64)))
        try dataSet.set(.seriesDate, context.createdDate)
        try dataSet.set(.seriesTime, context.createdTime)
    }

    private func setEquipment(in dataSet: DataSet) throws {
        try dataSet.set(.manufacturer, context.equipment.manufacturer)
        try dataSet.set(.manufacturerModelName, context.equipment.modelName)
        try dataSet.set(.deviceSerialNumber, context.equipment.deviceSerialNumber)
        try dataSet.set(.softwareVersions, context.equipment.softwareVersions)
    }

    private func setInstance(in dataSet: DataSet) throws {
        try dataSet.set(.sopClassUID, sopClassUID.rawValue)
        try dataSet.set(.sopInstanceUID, context.identity.instanceUID(role).rawValue)
        try dataSet.set(.instanceNumber, int: instanceNumber)
        try dataSet.set(.instanceCreationDate, context.createdDate)
        try dataSet.set(.instanceCreationTime, context.createdTime)
        try dataSet.set(.contentDate, context.createdDate)
        try dataSet.set(.contentTime, context.createdTime)
    }

    /// Writes the file and says what it is; the caller verifies it.
    func write(_ dataSet: DataSet, to url: URL) throws -> WrittenObject {
        do {
            try dataSet.write(to: url, transferSyntax: .explicitVRLittleEndian)
        } catch {
            throw ResultError(.cannotWrite, "the \(role) cannot be written", cause: error)
        }
        return WrittenObject(
            url: url, sopClassUID: sopClassUID, sopInstanceUID: context.identity.instanceUID(role),
            seriesInstanceUID: context.identity.seriesUID(role))
    }
}

extension ResultContext {
    /// DA (PS3.5 §6.2).
    var createdDate: String {
        let parts = components([.year, .month, .day])
        return String(format: "%04d%02d%02d", parts.year ?? 0, parts.month ?? 0, parts.day ?? 0)
    }

    /// TM (PS3.5 §6.2).
    var createdTime: String {
        let parts = components([.hour, .minute, .second])
        return String(format: "%02d%02d%02d", parts.hour ?? 0, parts.minute ?? 0, parts.second ?? 0)
    }

    private func components(_ components: Set<Calendar.Component>) -> DateComponents {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = timeZone
        return calendar.dateComponents(components, from: created)
    }
}
