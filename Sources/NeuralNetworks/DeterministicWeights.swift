/// Weights and inputs without files, for parity tests: as `training/fovea_training/parity.py` makes them: element k of
/// tensor NAME is u(k) = 2 * ((splitmix64(fnv1a64(NAME) + k) >> 40) / 2^24) - 1.
package enum DeterministicWeights {
    package static func uniform(_ name: String, count: Int) -> [Float] {
        let start = name.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        return (0..<count).map { 2 * (Float(splitMix64(start &+ UInt64($0)) >> 40) / Float(1 << 24)) - 1 }
    }

    /// Values in [0, 1).
    package static func input(count: Int) -> [Float] {
        var values = uniform("input", count: count)
        for index in values.indices { values[index] = (values[index] + 1) * 0.5 }  // in place: inputs can be large
        return values
    }

    package static func tensor(_ name: String, shape: [Int]) -> [Float] {
        let u = uniform(name, count: shape.reduce(1, *))
        if name.hasSuffix(".bn.weight") { return u.map { 1 + 0.1 * $0 } }
        if name.hasSuffix(".prelu.weight") { return u.map { 0.25 + 0.1 * $0 } }
        if name.hasSuffix(".prelu.weight") { return u.map { 0.25 + 0.1 * $0 } }
        if name.hasSuffix(".running_var") { return u.map { 1 + 0.5 * abs($0) } }
        guard name.hasSuffix(".weight") else { return u.map { 0.1 * $0 } }
        let factor = Float((3 / Double(shape.dropFirst().reduce(1, *))).squareRoot())
        return u.map { $0 * factor }
    }

    private static func splitMix64(_ state: UInt64) -> UInt64 {
        var z = state &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
