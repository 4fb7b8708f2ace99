import Geometry
import Glibc

/// Paints a phantom's tissues slice by slice, several samples through the thickness of each, and adds noise.
struct PhantomRenderer {
    let geometry: GridGeometry
    /// In painting order.
    let shapes: [PhantomShape]
    let seed: UInt64
    /// The standard deviation of the noise.
    let noiseHU: Float

    /// Samples through a slice are not farther apart than this.
    private static let sampleDistanceMM = 1.25

    func render(threads: Int) -> [Float] {
        let area = geometry.size.planeCount
        return [Float](unsafeUninitializedCapacity: geometry.size.count) { voxels, count in
            voxels.initialize(repeating: 0)
            ForkJoin.run(count: geometry.size.depth, threads: threads) { slices in
                for k in slices {
                    let slice = UnsafeMutableBufferPointer(rebasing: voxels[k * area..<(k + 1) * area])
                    render(k, into: slice)
                }
            }
            count = geometry.size.count
        }
    }

    private func render(_ k: Int, into slice: UnsafeMutableBufferPointer<Float>) {
        let samples = max(1, Int((geometry.spacing.k / Self.sampleDistanceMM).rounded()))
        let plane = UnsafeMutableBufferPointer<Float>.allocate(capacity: slice.count)
        defer { plane.deallocate() }
        for sample in 0..<samples {
            let offset = (Double(sample) + 0.5) / Double(samples) - 0.5
            let z = Float(geometry.position(i: 0, j: 0, k: Double(k) + offset).z)
            paintTissue(z, into: plane)
            for shape in shapes { paint(shape, z, into: plane) }
            for n in slice.indices { slice[n] += plane[n] / Float(samples) }
        }
        addNoise(k, to: slice)
        // A scanner stores whole numbers of 12 bits.
        for n in slice.indices { slice[n] = min(max(slice[n].rounded(), -1024), 3071) }
    }

    private func x(_ i: Int) -> Float { Float(geometry.origin.x + Double(i) * geometry.spacing.i) }
    private func y(_ j: Int) -> Float { Float(geometry.origin.y + Double(j) * geometry.spacing.j) }

    private func paintTissue(_ z: Float, into plane: UnsafeMutableBufferPointer<Float>) {
        let slice = ChestAnatomy.slice(z)
        let texture = LungTexture(seed: seed, columns: (0..<geometry.size.width).map(x), z: z)
        for j in 0..<geometry.size.height {
            let y = y(j)
            let weights = texture.weights(y)
            for i in 0..<geometry.size.width {
                plane[j * geometry.size.width + i] = ChestAnatomy.tissue(
                    x(i), y, slice, texture: texture.value(i, weights))
            }
        }
    }

    private func paint(_ shape: PhantomShape, _ z: Float, into plane: UnsafeMutableBufferPointer<Float>) {
        let (lower, upper) = shape.bounds
        // The soft edge reaches a little beyond the surface.
        let edge: Float = 0.7
        guard z > lower.z - edge, z < upper.z + edge else { return }
        let columns = range(lower.x - edge, upper.x + edge, geometry.origin.x, geometry.spacing.i, geometry.size.width)
        let rows = range(lower.y - edge, upper.y + edge, geometry.origin.y, geometry.spacing.j, geometry.size.height)
        for j in rows {
            for i in columns {
                let distance = shape.signedDistance(SIMD3(x(i), y(j), z))
                guard distance < edge else { continue }
                let weight = ImplicitSurface.coverage(distance) * shape.opacity
                let n = j * geometry.size.width + i
                plane[n] += (shape.hounsfield - plane[n]) * weight
            }
        }
    }

    private func range(_ low: Float, _ high: Float, _ origin: Double, _ spacing: Double, _ count: Int) -> Range<Int> {
        let first = Int(((Double(low) - origin) / spacing).rounded(.up))
        let last = Int(((Double(high) - origin) / spacing).rounded(.down))
        let lower = min(max(first, 0), count)
        return lower..<max(lower, min(last + 1, count))
    }

    /// White noise smoothed by a 3 x 3 binomial kernel, as a soft reconstruction kernel leaves it.
    private func addNoise(_ k: Int, to slice: UnsafeMutableBufferPointer<Float>) {
        let (width, height) = (geometry.size.width, geometry.size.height)
        // The kernel (1 2 1)/4 in both directions lowers the standard deviation to 3/8.
        let scale = noiseHU * 8 / 3 / 16
        func smoothedRow(_ j: Int) -> [Float] {
            let white = (-1...width).map { whiteNoise(k * (height + 2) * (width + 2) + (j + 1) * (width + 2) + $0 + 1) }
            return (0..<width).map { white[$0] + 2 * white[$0 + 1] + white[$0 + 2] }
        }
        var rows = [smoothedRow(-1), smoothedRow(0)]
        for j in 0..<height {
            rows.append(smoothedRow(j + 1))
            for i in 0..<width {
                slice[j * width + i] += (rows[0][i] + 2 * rows[1][i] + rows[2][i]) * scale
            }
            rows.removeFirst()
        }
    }

    /// Nearly normal, of standard deviation 1: the sum of four uniform numbers that depend on the index alone.
    private func whiteNoise(_ index: Int) -> Float {
        let bits = SplitMix64.mixed(seed &+ 0x9E37_79B9_7F4A_7C15 &* UInt64(index + 1))
        let sum = (0..<4).reduce(0) { $0 + Int(bits >> (16 * UInt64($1)) & 0xFFFF) }
        return (Float(sum) / 65536 - 2) * Float(3).squareRoot()
    }
}

/// Slow variation of lung density: a sum of products of waves along the axes.
private struct LungTexture {
    private static let waves = 6
    private let columns: [[Float]]
    private let frequencies: [SIMD3<Float>]
    private let phases: [SIMD3<Float>]
    private let amplitudes: [Float]

    init(seed: UInt64, columns xs: [Float], z: Float) {
        var random = SplitMix64(seed: seed ^ 0x74_6578_7475_7265)
        func three(_ range: ClosedRange<Double>) -> SIMD3<Float> {
            SIMD3(Float(random.next(in: range)), Float(random.next(in: range)), Float(random.next(in: range)))
        }
        let waves = (0..<Self.waves).map { _ in (frequency: three(0.08...0.8), phase: three(0...6.28)) }
        frequencies = waves.map(\.frequency)
        phases = waves.map(\.phase)
        amplitudes = waves.map { 14 * sin($0.frequency.z * z + $0.phase.z) }
        columns = waves.map { wave in xs.map { sin(wave.frequency.x * $0 + wave.phase.x) } }
    }

    func weights(_ y: Float) -> [Float] {
        (0..<Self.waves).map { amplitudes[$0] * sin(frequencies[$0].y * y + phases[$0].y) }
    }

    func value(_ i: Int, _ weights: [Float]) -> Float {
        var sum: Float = 0
        for wave in 0..<Self.waves { sum += weights[wave] * columns[wave][i] }
        return sum
    }
}
