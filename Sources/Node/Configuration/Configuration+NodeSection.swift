import DICOMCore

extension Configuration {
    /// `[node]`: who the node is, where it listens and where its data lie.
    public struct NodeSection: Sendable, Hashable {
        /// What becomes of objects whose storage class is not processed: dose reports, key objects, presentation
        /// states.
        public enum OtherStorage: String, Sendable, Hashable, CaseIterable {
            /// Answered with success and not kept: auto-routers retry for ever when refused.
            case accept
            case refuse
        }

        public var aeTitle = "FOVEA"
        public var address = "127.0.0.1"
        /// 0: any free port, which the log names.
        public var port = 11112
        public var dataDirectory = "/var/lib/fovea"
        public var modelsDirectory = "/usr/share/fovea/models"
        public var acceptUnknownPeers = false
        public var otherStorage = OtherStorage.accept

        public init() {}

        init(_ table: ConfigurationTable) {
            aeTitle = table.string("ae_title", aeTitle, check: Configuration.aeTitleProblem)
            address = table.string("address", address, check: Configuration.addressProblem)
            port = table.integer("port", port, in: 0...65535)
            dataDirectory = table.string("data_directory", dataDirectory, check: Configuration.emptyProblem)
            modelsDirectory = table.string("models_directory", modelsDirectory, check: Configuration.emptyProblem)
            acceptUnknownPeers = table.boolean("accept_unknown_peers", acceptUnknownPeers)
            otherStorage = table.choice("other_storage", otherStorage)
            table.refuseUnknownKeys()
        }
    }

    static func aeTitleProblem(_ text: String) -> String? {
        AETitle(text) == nil ? "\"\(text)\" is not an AE title: 1 to 16 characters of ASCII without backslash" : nil
    }

    static func addressProblem(_ text: String) -> String? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let isAddress = parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
        return isAddress
            ? nil : "\"\(text)\" is not an IPv4 address; write \"0.0.0.0\" for all, \"127.0.0.1\" for this machine"
    }

    static func emptyProblem(_ text: String) -> String? { text.isEmpty ? "must not be empty" : nil }
}
