internal import Foundation
internal import Tensors

extension ComputeEngine {
    /// The engine of this name; without one that of the environment variable FOVEA_ISA, else the fastest.
    static func named(_ name: String?) throws(ModelPackageError) -> ComputeEngine {
        let engine = name.map { name in available.first { $0.name == name } } ?? selected
        guard let engine else {
            let names = available.map(\.name).joined(separator: ", ")
            let asked = name ?? ProcessInfo.processInfo.environment["FOVEA_ISA"] ?? ""
            throw ModelPackageError(.unsupported, "This machine has no engine \"\(asked)\"; it has \(names).")
        }
        return engine
    }
}
