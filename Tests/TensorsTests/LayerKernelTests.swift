import CKernels
import Testing

/// Every plain kernel against its scalar reference, on odd shapes and on partial ranges.
@Suite struct LayerKernelTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let shape: (Int64, Int64, Int64, Int64)
        var input: ck_shape { ck_shape(depth: shape.0, height: shape.1, width: shape.2, channels: shape.3) }
        var testDescription: String { "\(shape.0)x\(shape.1)x\(shape.2)x\(shape.3)" }
    }

    static let cases = [(1, 1, 1, 1), (2, 3, 5, 1), (3, 4, 7, 16), (5, 2, 9, 17), (4, 6, 1, 33), (7, 5, 3, 4)]
        .map { Case(shape: $0) }

    @Test("patches are those of the definition, with BN and ReLU on load, kernel, stride and padding", arguments: cases)
    func patches(_ test: Case) {
        let src = noise(test.input)
        let scale = noise(Int(test.input.channels), seed: 3), shift = noise(Int(test.input.channels), seed: 4)
        let windows = [
            window((3, 3, 3), padding: (1, 1, 1)), window((1, 1, 1)),
            window((3, 1, 5), stride: (2, 1, 2), padding: (1, 0, 2)),
            window((3, 3, 3), padding: (2, 3, 4), dilation: (2, 3, 4))
        ]
        for window in windows {
            let output = outputShape(window, of: test.input)
            for affine in [true, false] {
                for relu in [true, false] {
                    scale.withUnsafeBufferPointer { scale in
                        shift.withUnsafeBufferPointer { shift in
                            let onLoad = ck_on_load(
                                scale: affine ? scale.baseAddress : nil, shift: affine ? shift.baseAddress : nil,
                                relu: relu)
                            comparePatches(src, test.input, window, output, onLoad)
                        }
                    }
                }
            }
        }
    }

    private func comparePatches(
        _ src: [Float], _ input: ck_shape, _ window: ck_window, _ output: ck_shape, _ onLoad: ck_on_load
    ) {
        let voxels = output.depth * output.height * output.width
        let first = voxels / 3
        let count = voxels - first
        let patch = window.size.0 * window.size.1 * window.size.2 * input.channels
        var line = [Float](repeating: .nan, count: Int(ck_patch_line_floats(input, window, output)))
        var fast = [Float](repeating: .nan, count: Int(count * patch)), slow = fast
        ck_pack_patches(src, input, window, output, onLoad, first, count, &line, &fast)
        ck_pack_patches_reference(src, input, window, output, onLoad, first, count, &line, &slow)
        #expect(maximumDifference(fast, slow) < 1e-6)
    }

    @Test("a concatenation: one operand after the other, then zeros")
    func concatenation() {
        let a: [Float] = [1, 2, -9, 3, 4, -9], b: [Float] = [5, 6], c = noise(32, seed: 5)
        withBases(a, b, c) { a, b, c in
            let operands = [
                ck_operand(values: a, channels: 2, stride: 3), ck_operand(values: b, channels: 1, stride: 1),
                ck_operand(values: c, channels: 16, stride: 16),
            ]
            for (count, stride) in [(1, 2), (2, 5), (3, 32)] {
                var fast = [Float](repeating: .nan, count: 2 * stride), slow = fast
                ck_concatenate(operands, Int64(count), 2, Int64(stride), &fast)
                ck_concatenate_reference(operands, Int64(count), 2, Int64(stride), &slow)
                #expect(fast == slow)
            }
            var result = [Float](repeating: .nan, count: 10)
            ck_concatenate(operands, 2, 2, 5, &result)
            #expect(result == [1, 2, 5, 0, 0, 3, 4, 6, 0, 0])
        }
    }

    @Test("bias, activation, residual and its ReLU on store, in place too", arguments: cases)
    func store(_ test: Case) {
        let channels = test.input.channels, count = test.input.depth * test.input.height * test.input.width
        let src = noise(test.input), residual = noise(test.input, seed: 2), bias = noise(Int(channels), seed: 3)
        for activation in activations {
            for flags in 0..<8 {
                func onStore(_ residual: UnsafePointer<Float>?, _ bias: UnsafePointer<Float>) -> ck_on_store {
                    ck_on_store(
                        bias: flags & 1 != 0 ? bias : nil, activation: activation, slope: 0.25,
                        residual: flags & 2 != 0 ? residual : nil, residual_relu: flags & 4 != 0)
                }
                var fast = residual, slow = residual
                withBases(bias, residual, src) { bias, residual, src in
                    fast.withUnsafeMutableBufferPointer { target in
                        guard let base = target.baseAddress else { return }
                        ck_store(src, count, channels, onStore(UnsafePointer(base), bias), base)
                    }
                    ck_store_reference(src, count, channels, onStore(residual, bias), &slow)
                }
                #expect(fast == slow)
            }
        }
    }

    @Test("activations, sums and affine maps", arguments: cases)
    func elementwise(_ test: Case) {
        let channels = test.input.channels, count = Int64(noise(test.input).count), voxels = count / channels
        let src = noise(test.input).map { 9 * $0 }, other = noise(test.input, seed: 2)
        let scale = noise(Int(channels), seed: 3), shift = noise(Int(channels), seed: 4)
        for activation in activations {
            expectSame(Int(count)) { ck_activate(src, count, activation, -0.5, $0) } slow: {
                ck_activate_reference(src, count, activation, -0.5, $0)
            }
        }
        for relu in [false, true] {
            expectSame(Int(count)) { ck_add(src, other, count, relu, $0) } slow: {
                ck_add_reference(src, other, count, relu, $0)
            }
            expectSame(Int(count), within: 2e-6) {
                ck_affine(src, voxels, channels, scale, shift, relu, $0)
            } slow: {
                ck_affine_reference(src, voxels, channels, scale, shift, relu, $0)
            }
        }
    }

    @Test("a sigmoid leaves the padded channels zero", arguments: cases)
    func sigmoid(_ test: Case) {
        let stride = test.input.channels, src = noise(test.input).map { 40 * $0 }
        let count = src.count, voxels = Int64(count) / stride
        for channels in [stride, max(1, stride - 3)] {
            expectSame(count, within: 1e-6) { ck_sigmoid(src, voxels, channels, stride, $0) } slow: {
                ck_sigmoid_reference(src, voxels, channels, stride, $0)
            }
        }
    }

    @Test("a step of an LSTM", arguments: [(1, 1, 4), (1, 1, 16), (3, 16, 16), (16, 16, 64), (5, 7, 20)])
    func lstmGates(channels: Int64, stride: Int64, gateStride: Int64) {
        let voxels: Int64 = 23
        let gates = noise(Int(voxels * gateStride)).map { 6 * $0 }, before = noise(Int(voxels * stride), seed: 2)
        var cells = [before, before]
        gates.withUnsafeBufferPointer { values in
            guard let base = values.baseAddress else { return }
            let operand = ck_operand(values: base, channels: 4 * channels, stride: gateStride)
            expectSame(before.count, within: 1e-6) {
                ck_lstm_gates(operand, voxels, channels, stride, &cells[0], $0)
            } slow: {
                ck_lstm_gates_reference(operand, voxels, channels, stride, &cells[1], $0)
            }
        }
        #expect(maximumDifference(cells[0], cells[1]) < 1e-6)
    }

    /// Windows of our networks, and odd ones, with the shapes that they are tried on.
    static let windows = [
        window((2, 2, 2), stride: (2, 2, 2)), window((3, 3, 3), stride: (3, 3, 3)),
        window((1, 2, 2), stride: (1, 2, 2)), window((3, 3, 3), stride: (2, 2, 2), padding: (1, 1, 1)),
        window((4, 4, 4), stride: (4, 4, 4)), window((2, 3, 1), stride: (1, 2, 1), dilation: (2, 1, 1)),
        window((3, 3, 3), padding: (2, 2, 2), dilation: (2, 2, 2)),
    ]

    @Test("pooling with any window, in floor and ceil mode", arguments: cases, windows.indices)
    func pooling(_ test: Case, index: Int) {
        let window = Self.windows[index], src = noise(test.input)
        for ceil in [false, true] {
            let output = outputShape(window, of: test.input, ceil: ceil), rows = output.depth * output.height
            guard rows > 0, output.width > 0 else { continue }
            let count = Int(rows * output.width * output.channels)
            expectSame(count, within: 1e-6) {
                ck_average_pool(src, test.input, window, output, 0, rows, $0)
            } slow: {
                ck_average_pool_reference(src, test.input, window, output, 0, rows, $0)
            }
            expectSame(count) { ck_max_pool(src, test.input, window, output, 0, rows, $0) } slow: {
                ck_max_pool_reference(src, test.input, window, output, 0, rows, $0)
            }
        }
    }

    @Test("a pool with indices, and the way back", arguments: cases, windows.indices)
    func unpooling(_ test: Case, index: Int) {
        let window = Self.windows[index], src = noise(test.input).map { ($0 * 4).rounded() }
        let output = outputShape(window, of: test.input), rows = output.depth * output.height
        guard rows > 0, output.width > 0 else { return }
        let count = Int(rows * output.width * output.channels)
        var indices = [[Float]](repeating: [Float](repeating: .nan, count: count), count: 2)
        var values: [Float] = []
        expectSame(count) {
            ck_max_pool_indices(src, test.input, window, output, 0, rows, $0, &indices[0])
            values = Array(UnsafeBufferPointer(start: $0, count: count))
        } slow: {
            ck_max_pool_indices_reference(src, test.input, window, output, 0, rows, $0, &indices[1])
        }
        #expect(indices[0] == indices[1])
        guard isDisjoint(window) else { return }
        expectSame(src.count) {
            ck_unpool(values, indices[0], output, window, test.input, 0, test.input.depth * test.input.height, $0)
        } slow: {
            ck_unpool_reference(
                values, indices[0], output, window, test.input, 0, test.input.depth * test.input.height, $0)
        }
    }

    private func isDisjoint(_ window: ck_window) -> Bool {
        window.padding == (0, 0, 0) && window.dilation == (1, 1, 1) && window.size.0 <= window.stride.0
            && window.size.1 <= window.stride.1 && window.size.2 <= window.stride.2
    }

    @Test("the mean of every channel, and a value for every voxel", arguments: cases)
    func globalAverage(_ test: Case) {
        let src = noise(test.input), channels = test.input.channels, voxels = Int64(src.count) / channels
        expectSame(Int(channels)) { ck_global_average(src, voxels, channels, 0, channels, $0) } slow: {
            ck_global_average_reference(src, voxels, channels, 0, channels, $0)
        }
        expectSame(src.count) { ck_broadcast(src, channels, voxels, $0) } slow: {
            ck_broadcast_reference(src, channels, voxels, $0)
        }
    }

    @Test("trilinear resizing to any size, with both rules", arguments: cases, [false, true])
    func resizing(_ test: Case, alignCorners: Bool) {
        let input = test.input, src = noise(input)
        let sizes: [(Int64, Int64, Int64)] = [
            (2 * input.depth, 2 * input.height, 2 * input.width), (1, 1, 1), (input.depth, input.height, input.width),
            (3, 7, 4), (input.depth, 4 * input.height, 3 * input.width),
        ]
        for size in sizes {
            let output = ck_shape(depth: size.0, height: size.1, width: size.2, channels: input.channels)
            var line = [Float](repeating: .nan, count: Int(input.width * input.channels))
            expectSame(Int(size.0 * size.1 * size.2 * input.channels), within: 2e-6) {
                ck_resize_trilinear(src, input, output, alignCorners, 0, size.0 * size.1, &line, $0)
            } slow: {
                ck_resize_trilinear_reference(src, input, output, alignCorners, 0, size.0 * size.1, &line, $0)
            }
        }
    }

    @Test("nearest upsampling and crops", arguments: cases)
    func nearestAndCrops(_ test: Case) {
        let input = test.input, src = noise(input)
        for factor: (Int64, Int64, Int64) in [(1, 2, 2), (3, 3, 3), (2, 1, 4)] {
            let output = ck_shape(
                depth: factor.0 * input.depth, height: factor.1 * input.height, width: factor.2 * input.width,
                channels: input.channels)
            let rows = output.depth * output.height
            let large = noise(output, seed: 3)
            expectSame(large.count) { ck_upsample_nearest(src, input, output, 0, rows, $0) } slow: {
                ck_upsample_nearest_reference(src, input, output, 0, rows, $0)
            }
            let origin = [output.depth - input.depth, (output.height - input.height) / 2, output.width - input.width]
            expectSame(src.count) { ck_crop(large, output, origin, input, 0, input.depth * input.height, $0) } slow: {
                ck_crop_reference(large, output, origin, input, 0, input.depth * input.height, $0)
            }
        }
    }
}

private let activations: [ck_activation] = [.none, .relu, .relu6, .leaky]

private typealias Triple = (Int64, Int64, Int64)

private func window(
    _ size: Triple, stride: Triple = (1, 1, 1), padding: Triple = (0, 0, 0), dilation: Triple = (1, 1, 1)
) -> ck_window {
    ck_window(size: size, stride: stride, padding: padding, dilation: dilation)
}

/// Windows that fit the padded input; in ceil mode also those that only start in it.
private func outputShape(_ window: ck_window, of input: ck_shape, ceil: Bool = false) -> ck_shape {
    func extent(_ n: Int64, _ size: Int64, _ stride: Int64, _ padding: Int64, _ dilation: Int64) -> Int64 {
        let room = n + 2 * padding - (size - 1) * dilation - 1
        guard room >= 0 else { return 0 }
        let outputs = (room + (ceil ? stride - 1 : 0)) / stride + 1
        return (outputs - 1) * stride >= n + padding ? outputs - 1 : outputs
    }
    return ck_shape(
        depth: extent(input.depth, window.size.0, window.stride.0, window.padding.0, window.dilation.0),
        height: extent(input.height, window.size.1, window.stride.1, window.padding.1, window.dilation.1),
        width: extent(input.width, window.size.2, window.stride.2, window.padding.2, window.dilation.2),
        channels: input.channels)
}

private func withBases(
    _ a: [Float], _ b: [Float], _ c: [Float],
    _ body: (UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>) -> Void
) {
    a.withUnsafeBufferPointer { a in
        b.withUnsafeBufferPointer { b in
            c.withUnsafeBufferPointer { c in
                guard let a = a.baseAddress, let b = b.baseAddress, let c = c.baseAddress else { return }
                body(a, b, c)
            }
        }
    }
}

/// A kernel and its reference write the same, up to a difference that no NaN passes.
private func expectSame(
    _ count: Int, within tolerance: Float = 0, fast: (UnsafeMutablePointer<Float>) -> Void,
    slow: (UnsafeMutablePointer<Float>) -> Void, sourceLocation: SourceLocation = #_sourceLocation
) {
    var results = [[Float]](repeating: [Float](repeating: .nan, count: count), count: 2)
    results[0].withUnsafeMutableBufferPointer { $0.baseAddress.map(fast) }
    results[1].withUnsafeMutableBufferPointer { $0.baseAddress.map(slow) }
    let isClose = zip(results[0], results[1]).allSatisfy { abs($0 - $1) <= tolerance }
    #expect(isClose, sourceLocation: sourceLocation)
}

/// Values in [-1, 1), the same on every run.
func noise(_ count: Int, seed: UInt64 = 1) -> [Float] {
    var state = seed
    return (0..<count).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Float(Int32(truncatingIfNeeded: state >> 32)) / Float(1 << 31)
    }
}

private func noise(_ shape: ck_shape, seed: UInt64 = 1) -> [Float] {
    noise(Int(shape.depth * shape.height * shape.width * shape.channels), seed: seed)
}

/// NaN where either is NaN.
func maximumDifference(_ a: [Float], _ b: [Float]) -> Float {
    zip(a, b).map { abs($0 - $1) }.reduce(0) { $0 > $1 ? $0 : $1 }
}
