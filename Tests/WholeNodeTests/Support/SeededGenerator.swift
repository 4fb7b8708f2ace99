import Foundation

/// SplitMix64: random moments that can be had again with FOVEA_TEST_SEED.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    /// Says its seed.
    static func forTests() -> SeededGenerator {
        let given = ProcessInfo.processInfo.environment["FOVEA_TEST_SEED"].flatMap { UInt64($0) }
        let seed = given ?? .random(in: 0...999_999)
        print("FOVEA_TEST_SEED=\(seed)")
        return SeededGenerator(state: seed)
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
