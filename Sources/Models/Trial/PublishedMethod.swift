internal import Foundation
internal import NeuralNetworks

/// What is known by name in its published form, for trials without a package.
public enum PublishedMethod {
    /// The methods that are more than one pass of one network.
    private static let methods = [
        "lowres": #"{"name": "lowres", "features": 16, "in_channels": 1, "out_channels": 1}"#,
        "autopath-r18": autoPath("autopath-r18"), "autopath-r50": autoPath("autopath-r50"),
        "clstm": #"{"name": "clstm", "width": 64, "hidden": 1, "in_channels": 1, "out_channels": 1}"#,
    ]

    private static func autoPath(_ name: String) -> String {
        #"{"name": "\#(name)", "width": 64, "policy": true, "window": 48, "in_channels": 1, "out_channels": 1}"#
    }

    public static let names = Set(methods.keys).union(NetworkArchitecture.allCases.map(\.rawValue)).sorted()

    /// - Parameter isTiled: networks that do not take whole volumes run patch by patch, with the tiling of the
    ///   published comparison; else they run once on what they are given.
    /// - Returns: nil for an unknown name, or one that has no published tiling.
    static func definition(_ name: String, isTiled: Bool) -> (any ArchitectureDefinition)? {
        if let text = methods[name] { return decoded(text) }
        guard let network = NetworkArchitecture(rawValue: name) else { return nil }
        guard isTiled else { return PlainArchitecture(network) }
        return decoded(
            #"{"name": "\#(name)", "width": \#(network.publishedWidth), "in_channels": 1, "out_channels": 1}"#)
    }

    private static func decoded(_ text: String) -> (any ArchitectureDefinition)? {
        (try? JSONDecoder().decode(ModelArchitecture.self, from: Data(text.utf8)))?.definition
    }
}
