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
            ck_window(size: (3, 3, 3), stride: (1, 1, 1), padding: (1, 1, 1)),
            ck_window(size: (1, 1, 1), stride: (1, 1, 1), padding: (0, 0, 0)),
            ck_window(size: (3, 1, 5), stride: (2, 1, 2), padding: (1, 0, 2))
        ]
        for window in windows {
            let output = ck_shape(
                depth: (test.input.depth + 2 * window.padding.0 - window.size.0) / window.stride.0 + 1,
                height: (test.input.height + 2 * window.padding.1 - window.size.1) / window.stride.1 + 1,
                width: (test.input.width + 2 * window.padding.2 - window.size.2) / window.stride.2 + 1,
                channels: test.input.channels)
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

    @Test("a concatenation: the first operand, the second, zeros")
    func concatenation() {
        let a: [Float] = [1, 2, -9, 3, 4, -9], b: [Float] = [5, 6]
        var result = [Float](repeating: .nan, count: 10)
        a.withUnsafeBufferPointer { a in
            b.withUnsafeBufferPointer { b in
                ck_concatenate(
                    ck_operand(values: a.baseAddress!, channels: 2, stride: 3),
                    ck_operand(values: b.baseAddress!, channels: 1, stride: 1), 2, 5, &result)
            }
        }
        #expect(result == [1, 2, 5, 0, 0, 3, 4, 6, 0, 0])
    }

    @Test("bias, ReLU and residual on store, in place too", arguments: cases)
    func store(_ test: Case) {
        let channels = test.input.channels, count = test.input.depth * test.input.height * test.input.width
        let src = noise(test.input), residual = noise(test.input, seed: 2), bias = noise(Int(channels), seed: 3)
        for flags in 0..<8 {
            bias.withUnsafeBufferPointer { bias in
                var fast = residual, slow = residual
                fast.withUnsafeMutableBufferPointer { target in
                    let onStore = ck_on_store(
                        bias: flags & 1 != 0 ? bias.baseAddress : nil,
                        residual: flags & 2 != 0 ? target.baseAddress.map { UnsafePointer($0) } : nil,
                        relu: flags & 4 != 0)
                    if let base = target.baseAddress { ck_store(src, count, channels, onStore, base) }
                }
                residual.withUnsafeBufferPointer { residual in
                    let onStore = ck_on_store(
                        bias: flags & 1 != 0 ? bias.baseAddress : nil,
                        residual: flags & 2 != 0 ? residual.baseAddress : nil,
                        relu: flags & 4 != 0)
                    ck_store_reference(src, count, channels, onStore, &slow)
                }
                #expect(fast == slow)
            }
        }
    }

    @Test("pooling, also where windows reach beyond the array", arguments: cases, [Int64(2), 3])
    func pooling(_ test: Case, factor: Int64) {
        let input = test.input
        func up(_ n: Int64) -> Int64 { (n + factor - 1) / factor }
        let output = ck_shape(
            depth: up(input.depth), height: up(input.height), width: up(input.width), channels: input.channels)
        let src = noise(input)
        var fast = [Float](repeating: .nan, count: Int(output.depth * output.height * output.width * output.channels))
        var slow = fast
        ck_average_pool(src, input, output, factor, 0, output.depth * output.height, &fast)
        ck_average_pool_reference(src, input, output, factor, 0, output.depth * output.height, &slow)
        #expect(maximumDifference(fast, slow) < 1e-6)
        ck_max_pool(src, input, output, factor, 0, output.depth * output.height, &fast)
        ck_max_pool_reference(src, input, output, factor, 0, output.depth * output.height, &slow)
        #expect(fast == slow)
    }

    @Test("trilinear doubling with aligned corners", arguments: cases)
    func upsampling(_ test: Case) {
        let input = test.input, rows = 4 * input.depth * input.height
        let src = noise(input)
        var line = [Float](repeating: .nan, count: Int(input.width * input.channels))
        var fast = [Float](repeating: .nan, count: 8 * src.count), slow = fast
        ck_upsample2(src, input, 0, rows, &line, &fast)
        ck_upsample2_reference(src, input, 0, rows, &line, &slow)
        #expect(maximumDifference(fast, slow) < 2e-6)
    }
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
