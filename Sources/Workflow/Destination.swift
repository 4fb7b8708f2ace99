/// A node that results are sent to.
public struct Destination: Sendable, Hashable {
    /// The report class that its readers take.
    public enum ReportClass: String, Sendable, Hashable, CaseIterable {
        case comprehensive3D = "comprehensive3d"
        case enhanced
    }

    /// The name that pipelines and the queue use.
    public var name: String
    public var aeTitle: String
    public var host: String
    public var port: Int
    public var reportClass = ReportClass.comprehensive3D
    /// Whether a segmentation holds a frame for every slice, also where it is empty (work-around for some viewers).
    public var sendsAllFrames = false
    /// Whether an overlay of each finding's key slice goes along, for viewers that cannot draw a segmentation.
    public var sendsSecondaryCapture = false
    public var connectTimeoutSeconds = 10.0
    public var responseTimeoutSeconds = 60.0

    public init(name: String, aeTitle: String, host: String, port: Int) {
        self.name = name
        self.aeTitle = aeTitle
        self.host = host
        self.port = port
    }
}
