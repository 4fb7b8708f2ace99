/// What is applied to every value that a convolution computes.
public enum Activation: Hashable, Sendable {
    case none
    /// max(v, 0).
    case relu
    /// min(max(v, 0), 6).
    case relu6
    /// v where v > 0, slope * v elsewhere; PReLU with one slope.
    case leaky(Float)
}
