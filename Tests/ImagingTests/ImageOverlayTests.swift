import Geometry
import Imaging
import Testing

@Suite struct ImageOverlayTests {
    private static let geometry = GridGeometry(
        size: GridSize(width: 20, height: 10, depth: 3), spacing: SpacingMM(i: 1, j: 3, k: 5),
        origin: PointMM(x: 0, y: 0, z: 0))

    private func volume(_ value: (VoxelIndex) -> Float) -> Volume {
        Volume(geometry: Self.geometry, voxels: Self.geometry.size.indices.map(value), unit: .hounsfield)
    }

    @Test("Pixels are square: rows three times as far apart take three times the height")
    func squarePixels() {
        let image = ImageOverlay(of: volume { _ in 0 }, window: .softTissue, outlines: []).image(slice: 1, width: 200)
        #expect(image.width == 200 && image.height == 300)
        #expect(image.format == .rgb)
    }

    @Test(
        "The window maps its range to black to white",
        arguments: [(-160, 0), (40, 128), (240, 255), (-999, 0), (999, 255)])
    func window(_ value: Int, _ grey: Int) {
        let image = ImageOverlay(of: volume { _ in Float(value) }, window: .softTissue, outlines: []).image(slice: 0)
        #expect(image.pixels.allSatisfy { Int($0) == grey })
    }

    @Test("The slice asked for is shown, from its first row at the top")
    func slice() {
        let overlay = ImageOverlay(
            of: volume { $0.k == 2 && $0.j == 0 && $0.i == 19 ? 1000 : -1000 }, window: .softTissue, outlines: [])
        let image = overlay.image(slice: 2, width: 20)
        #expect(image.pixels[19 * 3] == 255)
        #expect(image.pixels[0] == 0)
        #expect(!overlay.image(slice: 1, width: 20).pixels.contains(255))
    }

    @Test("An outline lies on the mask's edge and leaves inside and outside alone")
    func outline() {
        var mask = Mask(size: Self.geometry.size, repeating: 0)
        for i in 5..<15 { for j in 3..<7 { mask[i, j, 1] = 1 } }
        let overlay = ImageOverlay(
            of: volume { _ in 40 }, window: .softTissue, outlines: [.init(mask: mask, color: [255, 0, 0])])
        let image = overlay.image(slice: 1, width: 400)
        func isRed(_ x: Int, _ y: Int) -> Bool {
            let n = (y * image.width + x) * 3
            return image.pixels[n] > 200 && image.pixels[n + 1] < 80
        }
        // 20 pixels per mm: the mask covers 5 to 15 mm and 9 to 21 mm.
        #expect(isRed(100, 300) && isRed(300, 300) && isRed(200, 180) && isRed(200, 420))
        #expect(!isRed(200, 300) && !isRed(50, 300) && !isRed(350, 100))
        let elsewhere = overlay.image(slice: 0, width: 400)
        #expect(elsewhere.pixels.allSatisfy { $0 == 128 })
    }

    @Test("A close-up is a square around the finding, cut at the borders")
    func closeUp() {
        let size = GridSize(width: 200, height: 100, depth: 1)
        let geometry = GridGeometry(
            size: size, spacing: SpacingMM(i: 1, j: 2, k: 1), origin: PointMM(x: 0, y: 0, z: 0))
        let overlay = ImageOverlay(
            of: Volume(geometry: geometry, voxels: [Float](repeating: 0, count: size.count), unit: .hounsfield),
            window: .lung, outlines: [])
        let finding = VoxelBox(lower: VoxelIndex(i: 95, j: 48, k: 0), upper: VoxelIndex(i: 105, j: 52, k: 1))
        let region = overlay.closeUp(of: finding, marginMM: 25)
        #expect(region.size == GridSize(width: 60, height: 30, depth: 1))
        #expect(overlay.image(slice: 0, region: region, width: 300).height == 300)
        let corner = VoxelBox(lower: VoxelIndex(i: 0, j: 0, k: 0), upper: VoxelIndex(i: 1, j: 1, k: 1))
        #expect(size.contains(overlay.closeUp(of: corner)))
    }
}
