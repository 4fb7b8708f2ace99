/// The version of this software, as `fovea --version`, the results and the log name it.
public enum SoftwareVersion {
    public static let current = "0.1.0"
}
