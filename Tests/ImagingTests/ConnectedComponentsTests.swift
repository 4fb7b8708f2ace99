import Geometry
import Imaging
import Testing

@Suite struct ConnectedComponentsTests {
    static let sizes = [(1, 1, 1), (7, 1, 1), (1, 6, 1), (1, 1, 5), (9, 8, 7), (40, 3, 5)].map {
        GridSize(width: $0.0, height: $0.1, depth: $0.2)
    }

    @Test("Labels, sizes and boxes are those of a flood fill in scan order", arguments: sizes, [0.1, 0.3, 0.5, 0.9])
    func floodFill(_ size: GridSize, _ density: Double) {
        var random = SplitMix64(seed: UInt64(size.count) + UInt64(density * 100))
        let mask = random.mask(size, density: density)
        for connectivity in [ConnectedComponents.Connectivity.six, .twentySix] {
            for order in [ConnectedComponents.ScanOrder.iFastest, .kFastest] {
                let expected = Self.flood(mask, connectivity == .six ? faceSteps : allSteps, order)
                let found = ConnectedComponents(of: mask, connectivity: connectivity, order: order)
                let labels = found.labelGrid()
                #expect(labels == expected)
                #expect(found.count == Int(expected.elements.max() ?? 0))
                for component in 1..<found.count + 1 {
                    let members = size.indices.filter { expected[$0] == component }
                    #expect(found.sizes[component - 1] == members.count)
                    let box = members.map { VoxelBox(lower: $0, upper: $0.moved((1, 1, 1))) }
                    #expect(found.boxes[component - 1] == box.dropFirst().reduce(box[0]) { $0.union($1) })
                }
            }
        }
    }

    @Test("Scan order follows scipy for an array indexed x, y, z: the component of lowest x comes first")
    func scanOrder() {
        var mask = Mask(size: GridSize(width: 5, height: 5, depth: 5), repeating: 0)
        mask[4, 0, 0] = 1
        mask[0, 4, 4] = 1
        mask[0, 4, 0] = 1
        let found = ConnectedComponents(of: mask, connectivity: .twentySix).labelGrid()
        #expect([found[0, 4, 0], found[0, 4, 4], found[4, 0, 0]] == [1, 2, 3])
        let memory = ConnectedComponents(of: mask, connectivity: .twentySix, order: .iFastest).labelGrid()
        #expect([memory[4, 0, 0], memory[0, 4, 0], memory[0, 4, 4]] == [1, 2, 3])
    }

    @Test("Corner neighbours join under 26 neighbours only")
    func connectivity() {
        var mask = Mask(size: GridSize(width: 3, height: 3, depth: 3), repeating: 0)
        mask[0, 0, 0] = 1
        mask[1, 1, 1] = 1
        mask[2, 0, 2] = 1
        #expect(ConnectedComponents(of: mask, connectivity: .six).count == 3)
        #expect(ConnectedComponents(of: mask, connectivity: .twentySix).count == 1)
    }

    @Test("An empty mask has no components")
    func empty() {
        let mask = Mask(size: GridSize(width: 4, height: 4, depth: 4), repeating: 0)
        let found = ConnectedComponents(of: mask, connectivity: .six)
        #expect(found.count == 0)
        #expect(found.largest == nil)
    }

    @Test("Chosen components make a mask; the largest is the first of equals")
    func selection() {
        let mask = Mask(size: GridSize(width: 8, height: 1, depth: 1), elements: [1, 0, 1, 1, 0, 1, 1, 0])
        let found = ConnectedComponents(of: mask, connectivity: .six)
        #expect(found.largest == 2)
        #expect(found.mask { $0 != 2 }.elements == [1, 0, 0, 0, 0, 1, 1, 0])
        #expect(mask.largestComponent().elements == [0, 0, 1, 1, 0, 0, 0, 0])
    }

    private static func flood(
        _ mask: Mask, _ steps: [(Int, Int, Int)], _ order: ConnectedComponents.ScanOrder
    ) -> Grid<Int32> {
        var labels = Grid<Int32>(size: mask.size, repeating: 0)
        var count: Int32 = 0
        let scan = mask.size.indices.sorted {
            order == .iFastest ? ($0.k, $0.j, $0.i) < ($1.k, $1.j, $1.i) : ($0.i, $0.j, $0.k) < ($1.i, $1.j, $1.k)
        }
        for seed in scan where mask[seed] == 1 && labels[seed] == 0 {
            count += 1
            labels[seed] = count
            var front = [seed]
            while let voxel = front.popLast() {
                for next in steps.map({ voxel.moved($0) })
                where mask.size.contains(next) && mask[next] == 1 && labels[next] == 0 {
                    labels[next] = count
                    front.append(next)
                }
            }
        }
        return labels
    }
}
