public import Geometry

/// Grey levels for a range of intensities (PS3.3 §C.11.2): below it black, above it white.
public struct DisplayWindow: Sendable, Hashable {
    public var centre: Float
    public var width: Float

    public init(centre: Float, width: Float) {
        precondition(width > 0, "a window without width")
        self.centre = centre
        self.width = width
    }

    public static let lung = DisplayWindow(centre: -600, width: 1500)
    public static let softTissue = DisplayWindow(centre: 40, width: 400)

    func grey(_ value: Float) -> Float { min(max((value - centre) / width + 0.5, 0), 1) * 255 }
}

/// A slice of a volume as a picture, with outlines of regions over it. Pixels are square whatever the spacing is.
public struct ImageOverlay: Sendable {
    public struct Outline: Sendable {
        /// On the volume's grid.
        public var mask: Mask
        /// Red, green, blue, 0 to 255.
        public var color: [UInt8]

        public init(mask: Mask, color: [UInt8]) {
            precondition(color.count == 3, "a colour has three components")
            self.mask = mask
            self.color = color
        }
    }

    private let volume: Volume
    private let window: DisplayWindow
    private let outlines: [Outline]

    /// - Parameter outlines: later ones are drawn over earlier ones.
    public init(of volume: Volume, window: DisplayWindow, outlines: [Outline]) {
        precondition(outlines.allSatisfy { $0.mask.size == volume.size }, "an outline on another grid")
        self.volume = volume
        self.window = window
        self.outlines = outlines
    }

    /// Draws slice k, or the part of it inside a box, at `width` pixels across.
    /// - Parameter region: columns and rows to show; its k is ignored. Nil shows the whole slice.
    public func image(slice k: Int, region: VoxelBox? = nil, width: Int = 768) -> PNGImage {
        precondition((0..<volume.size.depth).contains(k), "a slice outside of the volume")
        let view = View(region ?? VoxelBox(volume.size), volume, k: k, width: width)
        var pixels = [UInt8](repeating: 0, count: view.width * view.height * 3)
        for row in 0..<view.height {
            for column in 0..<view.width {
                let grey = UInt8(window.grey(view.value(column, row, of: volume)).rounded())
                for channel in 0..<3 { pixels[(row * view.width + column) * 3 + channel] = grey }
            }
        }
        for outline in outlines { draw(outline, in: view, on: &pixels) }
        return PNGImage(width: view.width, height: view.height, format: .rgb, pixels: pixels)
    }

    /// A square region of a slice around a box, with `marginMM` on every side, for a close look at a finding.
    public func closeUp(of box: VoxelBox, marginMM: Double = 25) -> VoxelBox {
        let spacing = volume.geometry.spacing
        let half = max(Double(box.size.width) * spacing.i, Double(box.size.height) * spacing.j) / 2 + marginMM
        func range(_ lower: Int, _ upper: Int, _ spacing: Double, _ count: Int) -> (Int, Int) {
            let centre = Double(lower + upper) / 2
            let first = max(0, Int((centre - half / spacing).rounded()))
            return (min(first, count - 1), min(max(first + 1, Int((centre + half / spacing).rounded())), count))
        }
        let i = range(box.lower.i, box.upper.i, spacing.i, volume.size.width)
        let j = range(box.lower.j, box.upper.j, spacing.j, volume.size.height)
        return VoxelBox(
            lower: VoxelIndex(i: i.0, j: j.0, k: box.lower.k), upper: VoxelIndex(i: i.1, j: j.1, k: box.upper.k))
    }

    /// The edge of the smoothed mask, about two pixels wide, with soft flanks.
    private func draw(_ outline: Outline, in view: View, on pixels: inout [UInt8]) {
        let halfWidth: Float = 1.1
        func level(_ column: Int, _ row: Int) -> Float { view.coverage(column, row, of: outline.mask) }
        for row in 0..<view.height {
            for column in 0..<view.width {
                let slopeX = level(column + 1, row) - level(column - 1, row)
                let slopeY = level(column, row + 1) - level(column, row - 1)
                let slope = (slopeX * slopeX + slopeY * slopeY).squareRoot() / 2
                guard slope > 1e-4 else { continue }
                let opacity = min(max(halfWidth + 0.5 - abs(level(column, row) - 0.5) / slope, 0), 1)
                for channel in 0..<3 {
                    let n = (row * view.width + column) * 3 + channel
                    let mixed = Float(pixels[n]) + (Float(outline.color[channel]) - Float(pixels[n])) * opacity
                    pixels[n] = UInt8(mixed.rounded())
                }
            }
        }
    }
}

/// How the pixels of a picture lie on a slice.
private struct View {
    let width: Int
    let height: Int
    private let k: Int
    private let origin: (i: Double, j: Double)
    private let step: (i: Double, j: Double)

    init(_ region: VoxelBox, _ volume: Volume, k: Int, width: Int) {
        let spacing = volume.geometry.spacing
        let pixelMM = Double(region.size.width) * spacing.i / Double(width)
        self.width = width
        self.height = max(1, Int((Double(region.size.height) * spacing.j / pixelMM).rounded()))
        self.k = k
        step = (pixelMM / spacing.i, pixelMM / spacing.j)
        origin = (Double(region.lower.i) - 0.5 + step.i / 2, Double(region.lower.j) - 0.5 + step.j / 2)
    }

    func value(_ column: Int, _ row: Int, of volume: Volume) -> Float {
        interpolated(column, row, size: volume.size) { volume.voxels[$0] }
    }

    func coverage(_ column: Int, _ row: Int, of mask: Mask) -> Float {
        interpolated(column, row, size: mask.size) { Float(mask.elements[$0]) }
    }

    /// Bilinear in the slice.
    @inline(__always)
    private func interpolated(_ column: Int, _ row: Int, size: GridSize, _ element: (Int) -> Float) -> Float {
        let i = min(max(origin.i + Double(column) * step.i, 0), Double(size.width - 1))
        let j = min(max(origin.j + Double(row) * step.j, 0), Double(size.height - 1))
        let (i0, j0) = (Int(i), Int(j))
        let (i1, j1) = (min(i0 + 1, size.width - 1), min(j0 + 1, size.height - 1))
        let (u, v) = (Float(i - Double(i0)), Float(j - Double(j0)))
        let slice = k * size.planeCount
        let top = element(slice + i0 + size.width * j0) * (1 - u) + element(slice + i1 + size.width * j0) * u
        let bottom = element(slice + i0 + size.width * j1) * (1 - u) + element(slice + i1 + size.width * j1) * u
        return top * (1 - v) + bottom * v
    }
}
