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
            manufacturer: manufacturer, modelName: modelName, deviceSerialNumber: serialNumber, softwareVersions: version,
            deviceUID: uid ?? DeviceUID(bits: 0, 0))
    }

    /// Whether an object carries our equipment marks (PS3.3 §C.7.5).
    static func made(_ data: DataSet) -> Bool {
        data.string(.manufacturer) == manufacturer && data.string(.manufacturerModelName) == modelName
    }
}
