/// A convolution with its weights laid out for what computes it.
///
/// The work comes in items that do not depend on the number of threads, each a part of the output that no other item
/// writes. The shape of the output follows from that of the input (`ConvolutionParameters.output`).
public protocol Convolution: Sendable {
    /// How it is computed, for reports: "Winograd F(4,3)", "im2col + sgemm".
    var algorithm: String { get }

    /// Bytes of weights as laid out.
    var weightBytes: Int { get }

    func itemCount(_ output: TensorShape) -> Int

    /// Floats of scratch that each worker needs.
    func scratchFloats(_ output: TensorShape) -> Int

    /// The planes of the output that an item writes; items begin at the same plane as the one before or at a later one.
    func planes(of item: Int, _ output: TensorShape) -> Range<Int>

    /// Computes one item of the result.
    /// - Parameters:
    ///   - residual: of the result's shape, added last; may be the result.
    ///   - scratch: `scratchFloats`, aligned to 64 bytes.
    func compute(
        _ item: Int, from input: Tensor, residual: Tensor?, into result: Tensor, scratch: UnsafeMutablePointer<Float>)

    /// This convolution as it is best computed for an input of this shape. Weights that are laid out for it are made
    /// once and shared by all plans.
    func planned(for input: TensorShape, output: TensorShape) -> any Convolution
}

extension Convolution {
    /// Any.
    public func planes(of item: Int, _ output: TensorShape) -> Range<Int> { 0..<output.depth }

    public func planned(for input: TensorShape, output: TensorShape) -> any Convolution { self }
}
