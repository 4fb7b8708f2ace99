import Glibc

/// Vessels or bronchi of one lung: a tree that grows from the hilum until it serves points all over the lung.
///
/// Points are taken in order of their distance from the hilum, each is joined to the nearest part of the tree, and the
/// calibres follow from what a branch serves: the cube of its radius is proportional to it (Murray's law).
struct BronchovascularTree {
    /// What grows, how finely it branches, and the tissue that it is made of.
    struct Kind {
        let endCount: Int
        /// The radius of a branch that serves one point.
        let leastRadius: Float
        let lumenHU: Float
        /// Bronchi have a wall; that of a vessel is not seen.
        let wallHU: Float?

        static let vessel = Kind(endCount: 420, leastRadius: 0.62, lumenHU: ChestAnatomy.HU.blood, wallHU: nil)
        static let bronchus = Kind(endCount: 34, leastRadius: 1.15, lumenHU: -980, wallHU: -80)
    }

    let shapes: [PhantomShape]

    private struct Node {
        let position: SIMD3<Float>
        let parent: Int
        var servedCount = 0
    }

    /// Longer ways are bent a little at every step of this length.
    private static let stepMM: Float = 9

    init(_ kind: Kind, hilum: SIMD3<Float>, seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let ends = Self.points(kind.endCount, side: hilum.x, &random).sorted {
            Self.distance($0, hilum) < Self.distance($1, hilum)
        }
        var nodes = [Node(position: hilum, parent: -1)]
        for end in ends { Self.join(end, to: &nodes, &random) }
        let branches = nodes.dropFirst().map { node in
            let radius = kind.leastRadius * cbrt(Float(node.servedCount))
            return (from: nodes[node.parent].position, to: node.position, radius: radius)
        }
        func tubes(_ wall: (Float) -> Float, _ hounsfield: Float) -> [PhantomShape] {
            branches.map {
                let radius = $0.radius + wall($0.radius)
                return .tube($0.from, $0.to, (radius, radius), hounsfield)
            }
        }
        shapes = (kind.wallHU.map { tubes({ 0.5 + 0.12 * $0 }, $0) } ?? []) + tubes({ _ in 0 }, kind.lumenHU)
    }

    /// Points of one lung, a little off its surface.
    private static func points(_ count: Int, side: Float, _ random: inout SplitMix64) -> [SIMD3<Float>] {
        var points: [SIMD3<Float>] = []
        while points.count < count {
            let x = Float(random.next(in: 8...132))
            let point = SIMD3(
                side < 0 ? -x : x, Float(random.next(in: -96...96)), Float(random.next(in: -118...112)))
            if ChestAnatomy.lungDistance(point) < -4 { points.append(point) }
        }
        return points
    }

    private static func join(_ end: SIMD3<Float>, to nodes: inout [Node], _ random: inout SplitMix64) {
        var node = nodes.indices.reduce(0) {
            distance(nodes[$1].position, end) < distance(nodes[$0].position, end) ? $1 : $0
        }
        while true {
            let way = end - nodes[node].position
            let length = distance(end, nodes[node].position)
            let isLast = length <= stepMM
            let sway = SIMD3(sway(&random), sway(&random), sway(&random)) * (isLast ? 0 : 1)
            nodes.append(Node(position: nodes[node].position + way * min(1, stepMM / length) + sway, parent: node))
            node = nodes.count - 1
            if isLast { break }
        }
        while node >= 0 {
            nodes[node].servedCount += 1
            node = nodes[node].parent
        }
    }

    private static func sway(_ random: inout SplitMix64) -> Float { Float(random.next(in: -1.6...1.6)) }

    private static func distance(_ a: SIMD3<Float>, _ b: SIMD3<Float>) -> Float {
        ((a - b) * (a - b)).sum().squareRoot()
    }
}
