internal import Imaging

/// Which residual blocks of AutoPath's backbone are computed.
public enum PathStrategy: Sendable, Hashable {
    /// All.
    case full
    /// Those that the policy network gives a probability of at least 0.5, window by window.
    case policy
    /// All but the first so many (DropFirstN).
    case dropFirst(Int)
    /// All but the last so many (DropLastN).
    case dropLast(Int)
    /// All but so many drawn for each window, by its number (DropRandomN): the same in every run.
    case dropRandom(Int)
    /// These, in every window.
    case explicit([Bool])

    /// "full", "policy", "first:2", "last:2", "random:2", or a list of 1 (computed) and 0 (dropped) such as
    /// "1,1,0,1,1,1,1,1"; nil for anything else.
    public init?(_ text: String) {
        switch text {
        case "full": self = .full
        case "policy": self = .policy
        default:
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            if let named = parts.count == 2 ? Self.named(String(parts[0]), count: String(parts[1])) : nil {
                self = named
            } else if let blocks = Self.blocks(text) {
                self = .explicit(blocks)
            } else {
                return nil
            }
        }
    }

    private static func named(_ name: String, count: String) -> Self? {
        guard let count = Int(count), count >= 0 else { return nil }
        switch name {
        case "first": return .dropFirst(count)
        case "last": return .dropLast(count)
        case "random": return .dropRandom(count)
        default: return nil
        }
    }

    private static func blocks(_ text: String) -> [Bool]? {
        let flags = text.split(separator: ",", omittingEmptySubsequences: false)
        guard flags.allSatisfy({ $0 == "0" || $0 == "1" }) else { return nil }
        return flags.map { $0 == "1" }
    }

    /// Why a backbone with so many blocks cannot be run like this, as a sentence; nil if it can.
    public func problem(blockCount: Int, hasPolicy: Bool) -> String? {
        switch self {
        case .full: nil
        case .policy: hasPolicy ? nil : "The model has no policy network."
        case .dropFirst(let count), .dropLast(let count), .dropRandom(let count):
            count <= blockCount ? nil : "The network has only \(blockCount) blocks; \(count) cannot be dropped."
        case .explicit(let blocks):
            blocks.count == blockCount
                ? nil : "The network has \(blockCount) blocks, but the path names \(blocks.count)."
        }
    }

    /// Which blocks are computed in a window.
    /// - Parameters:
    ///   - window: its number, from 0.
    ///   - keepProbabilities: of the policy network, one for each block; empty where there is none.
    public func blocks(count: Int, window: Int, keepProbabilities: [Float]) -> [Bool] {
        switch self {
        case .full: Array(repeating: true, count: count)
        case .policy: keepProbabilities.map { $0 >= 0.5 }
        case .dropFirst(let dropped): (0..<count).map { $0 >= dropped }
        case .dropLast(let dropped): (0..<count).map { $0 < count - dropped }
        case .dropRandom(let dropped): Self.random(count: count, dropped: dropped, window: window)
        case .explicit(let blocks): blocks
        }
    }

    /// The first `dropped` of a shuffle (Fisher and Yates).
    private static func random(count: Int, dropped: Int, window: Int) -> [Bool] {
        var generator = SplitMix64(seed: UInt64(window))
        let victims = Array(0..<count).shuffled(using: &generator).prefix(dropped)
        return (0..<count).map { !victims.contains($0) }
    }
}

extension PathStrategy: CustomStringConvertible {
    public var description: String {
        switch self {
        case .full: "full"
        case .policy: "policy"
        case .dropFirst(let count): "first:\(count)"
        case .dropLast(let count): "last:\(count)"
        case .dropRandom(let count): "random:\(count)"
        case .explicit(let blocks): blocks.map { $0 ? "1" : "0" }.joined(separator: ",")
        }
    }
}
