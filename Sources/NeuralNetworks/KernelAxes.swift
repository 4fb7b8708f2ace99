internal import Tensors

/// The axes of a network as it was trained: along which axes of the array in memory its kernels' axes run.
public enum KernelAxes: Hashable, Sendable {
    /// k0, k1, k2 = x, y, z.
    case xyz
    /// k0, k1, k2 = z, y, x.
    case zyx
    /// k0, k1 = y, x: a network on slices. A stack of slices is a volume, and every window has one plane.
    case yx

    /// The kernel axes of a window as PyTorch has them.
    func shape(_ size: PerAxis) -> [Int] {
        switch self {
        case .xyz: [size.x, size.y, size.z]
        case .zyx: [size.z, size.y, size.x]
        case .yx: [size.y, size.x]
        }
    }

    /// Kernels in PyTorch's order, one after the other, to kernels [kz][ky][kx].
    func spatial(_ weights: [Float], _ size: PerAxis) -> [Float] {
        guard self == .xyz else { return weights }
        var result = weights
        for index in weights.indices {
            let tap = index % size.product
            let x = tap / (size.y * size.z), y = tap / size.z % size.y, z = tap % size.z
            result[index - tap + (z * size.y + y) * size.x + x] = weights[index]
        }
        return result
    }
}
