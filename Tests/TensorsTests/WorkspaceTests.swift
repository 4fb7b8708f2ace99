import Tensors
import Testing

@Suite struct WorkspaceTests {
    @Test("the arena is aligned, large enough, and reused")
    func arena() {
        let workspace = Workspace()
        for count in [1, 1000, 3 << 20] {
            let base = workspace.reserve(count)
            base[count - 1] = 1
            #expect(UInt(bitPattern: base) % 64 == 0)
        }
        let large = workspace.reserve(3 << 20)
        #expect(workspace.reserve(10) == large)
    }

    @Test("a crop is the part of the tensor that it names")
    func crop() {
        let source = AlignedBuffer(count: 4 * 5 * 6 * 2), target = AlignedBuffer(count: 2 * 3 * 2 * 2)
        for index in 0..<source.count { source.base[index] = Float(index) }
        let whole = Tensor(base: source.base, shape: TensorShape(depth: 4, height: 5, width: 6, channels: 2))
        let part = Tensor(base: target.base, shape: TensorShape(depth: 2, height: 3, width: 2, channels: 2))
        part.copy(from: whole, z: 2, y: 1, x: 4)
        #expect(part.elements[0] == Float(2 * (4 + 6 * (1 + 5 * 2))))
        #expect(part.elements[part.shape.count - 1] == Float(2 * (5 + 6 * (3 + 5 * 3)) + 1))
    }

    @Test("a crop that reaches beyond its source is a mistake of ours")
    func cropOutside() async {
        await #expect(processExitsWith: .failure) {
            let buffer = AlignedBuffer(count: 16)
            let tensor = Tensor(base: buffer.base, shape: TensorShape(depth: 2, height: 2, width: 2, channels: 2))
            tensor.copy(from: tensor, z: 0, y: 1, x: 0)
        }
    }
}
