import Archive
import DICOMCore
import DICOMFile
public import DICOMImaging

/// How this node signs what it makes, and how it knows its own work when it comes back.
public enum NodeEquipment {
    public static let manufacturer = "Fovea"
    public static let modelName = "Fovea"

    /// - Parameters:
    ///   - serialNumber: the AE title of the node.
    ///   - version: the software's.
    public static func equipment(serialNumber: String, version: String) -> Equipment {
        // One device per AE title: the UID is made from it, as all other UIDs here are made from their cause.
        let identity = ResultIdentity(instances: [], modelDigest: "", parameters: serialNumber, executedPath: "device")
        let uid = DeviceUID(identity.seriesUID(.report).rawValue)
        return Equipment(
            manufacturer: manufacturer, modelName: modelName, deviceSerialNumber: serialNumber,
            softwareVersions: version,
            deviceUID: uid ?? DeviceUID(bits: 0, 0))
    }

    /// Whether an object is one of our results: it carries our equipment marks (PS3.3 §C.7.5) and is of a class that
    /// we make.
    static func made(_ data: DataSet, _ sopClassUID: SOPClassUID) -> Bool {
        resultClasses.contains(sopClassUID) && data.string(.manufacturer) == manufacturer
            && data.string(.manufacturerModelName) == modelName
    }

    private static let resultClasses: Set<SOPClassUID> = [
        .segmentationStorage, .enhancedSRStorage, .comprehensive3DSRStorage, .secondaryCaptureImageStorage,
    ]
}
