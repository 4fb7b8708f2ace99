public import Geometry

/// The patient's left or right.
public enum LungSide: String, Sendable, Codable, CaseIterable {
    case left
    case right
}

/// A classical lung mask of a chest CT: air inside of the body by threshold and components, closed and widened.
///
/// It is a region of interest, generous rather than tight: the closing takes in vessels, nodules at the pleura and the
/// hilum. The published LowRes closes by 10 and dilates by 3 voxels of the LUNA16 scans; here the distances are those
/// of a typical scan of that set, 0.7 x 0.7 x 1.25 mm, on any spacing.
public struct LungMask: Sendable {
    /// The region on the volume's grid; empty if the picture shows no lung.
    public let mask: Mask
    /// The volume of the air-containing lung itself, before closing, without its larger vessels.
    public let volumeML: Double

    private let geometry: GridGeometry
    private let sides: LungSides?
    private let columnFactor: Int
    private let sliceFactor: Int

    private static let closingMM = (inPlane: 7.0, alongK: 12.5)
    private static let wideningMM = (inPlane: 2.1, alongK: 3.75)
    /// Away from the mediastinum slices are closed by this much more, so that a mass of 25 mm on the pleura is inside.
    private static let costalClosingMM = 5.5
    private static let mediastinumMM = 40.0

    /// - Parameter volume: HU, its axes in LPS order (`AxisOrientation`).
    public init(of volume: Volume, threads: Int = 1) {
        let image = CoarseCT(volume, threads: threads)
        let lung = LungFinder(image: image, threads: threads).lung()
        let count = lung.elements.reduce(0) { $0 + Int($1) }
        geometry = volume.geometry
        volumeML = Double(count) * image.spacing.voxelVolumeML
        (columnFactor, sliceFactor) = (image.factors.i, image.factors.k)
        guard count > 0 else {
            sides = nil
            mask = Mask(size: volume.size, repeating: 0)
            return
        }
        let sides = LungSides(lung)
        self.sides = sides
        let region = Self.widened(lung, sides, image.spacing, threads: threads)
        mask = image.refined(region, to: volume.size, threads: threads)
    }

    /// Whether a point lies in the left or right half of the chest; nil if there is no lung.
    public func side(of point: PointMM) -> LungSide? {
        guard let sides else { return nil }
        let indices = geometry.indices(of: point)
        let k = Int((min(max(indices.k, 0), Double(geometry.size.depth - 1)) / Double(sliceFactor)).rounded(.down))
        return indices.i / Double(columnFactor) >= Double(sides.firstLeftColumn[k]) ? .left : .right
    }

    private static func widened(_ lung: Mask, _ sides: LungSides, _ spacing: SpacingMM, threads: Int) -> Mask {
        // City-block distances in steps of which `reach` make up the closing distance on every axis.
        let reach = 120
        func step(_ spacing: Double, _ closing: Double) -> UInt8 {
            UInt8(min(max((Double(reach) * spacing / closing).rounded(), 1), 254))
        }
        let steps = (
            i: step(spacing.i, closingMM.inPlane), j: step(spacing.j, closingMM.inPlane),
            k: step(spacing.k, closingMM.alongK)
        )
        let side = Int(Double(reach) * costalClosingMM / closingMM.inPlane)
        let widening = Int(Double(reach) * wideningMM.inPlane / closingMM.inPlane)
        // No dilation reaches beyond this box, so that nothing changes outside of it.
        let margin = (reach + side) / Int(min(steps.i, steps.j, steps.k)) + 1
        guard let box = lung.boundingBox?.expanded(by: margin, within: lung.size) else { return lung }
        let dilated = lung.cropped(to: box).dilated(by: reach, steps: steps, threads: threads)
        var closed = dilated.eroded(by: reach, steps: steps, outsideIsInside: true, threads: threads)
        // A diamond and then a square make an octagon, whose corners do not reach into a mass on the pleura.
        let octagonal = dilated.dilatedInPlane(by: side, steps: steps, threads: threads)
            .erodedInPlane(by: side, steps: steps, threads: threads)
            .eroded(by: reach, steps: steps, outsideIsInside: true, threads: threads)
        closed.add(octagonal, fartherThan: Int(mediastinumMM / spacing.i), from: sides, at: box.lower)
        var region = Mask(size: lung.size, repeating: 0)
        region.paste(closed.withHolesFilled().dilated(by: widening, steps: steps, threads: threads), at: box.lower)
        return region
    }
}

extension Mask {
    /// Adds what another mask has at more than some columns from the surface between the lungs.
    /// - Parameter origin: where both masks lie in the grid of `sides`.
    fileprivate mutating func add(
        _ other: Mask, fartherThan distance: Int, from sides: LungSides, at origin: VoxelIndex
    ) {
        elements.withUnsafeMutableBufferPointer { elements in
            other.elements.withUnsafeBufferPointer { other in
                for k in 0..<size.depth {
                    let middle = sides.firstLeftColumn[k + origin.k] - origin.i
                    let right = 0..<min(max(middle - distance, 0), size.width)
                    let left = min(max(middle + distance + 1, 0), size.width)..<size.width
                    for j in 0..<size.height {
                        let row = size.offset(VoxelIndex(i: 0, j: j, k: k))
                        for i in right { elements[row + i] |= other[row + i] }
                        for i in left { elements[row + i] |= other[row + i] }
                    }
                }
            }
        }
    }
}
