import Foundation
import Geometry
import Imaging
import Models
import Testing

@Suite struct UnsearchedLungTests {
    private static let phantom = ChestPhantom(
        seed: 1, size: GridSize(width: 100, height: 100, depth: 60), spacing: SpacingMM(i: 3.6, j: 3.6, k: 5))

    private static func messages(_ volume: Volume) throws -> [String] {
        let folder = try PackageFolder(edit: {
            $0["preprocessing"] = [
                ["step": "roi", "roi": "lungs"], ["step": "scale", "from": [-1000, 1000], "to": [0, 1]],
            ]
        })
        let segmenter = try ModelPackage(verifying: folder.url).makeSegmenter(compute: ComputeResources(threads: 2))
        return try segmenter.segment(volume, regionOfInterest: nil, progress: { _ in }).messages
    }

    @Test("a scan of whole lungs needs no remark") func whole() throws {
        #expect(try Self.messages(Self.phantom.volume) == [])
    }

    @Test("a scan that ends inside the lungs says how many slices were not searched") func cut() throws {
        let volume = Self.phantom.volume
        let middle = VoxelBox(
            lower: VoxelIndex(i: 0, j: 0, k: 20), upper: VoxelIndex(i: 100, j: 100, k: 60))
        let message = try #require(try Self.messages(volume.cropped(to: middle)).first)
        #expect(message.hasPrefix("The scan ends inside the lungs: the "))
        #expect(message.hasSuffix(" lowest slices were not searched."))
    }
}
