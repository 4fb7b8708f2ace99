import NeuralNetworks
import Tensors
import Testing

@Suite struct MemoryPlanTests {
    @Test("Stage 1 keeps no more than two maps at half resolution at a time, its results included")
    func stage1Memory() {
        let network = LowResParityTests.compiled(LowResParityTests.networks.stage1)
        let shape = TensorShape(depth: 96, height: 248, width: 320, channels: 1)
        let halfMap = shape.count / 8 * 16
        let plan = NetworkPlan(network, inputShapes: [shape])
        #expect(plan.arenaFloats(workers: 0) >= 2 * halfMap)
        #expect(plan.arenaFloats(workers: 0) < 2 * halfMap + halfMap / 4)
    }

    @Test("each worker adds its scratch and nothing else")
    func scratch() {
        let network = LowResParityTests.compiled(LowResParityTests.networks.stage1)
        let plan = NetworkPlan(
            network, inputShapes: [TensorShape(depth: 16, height: 16, width: 16, channels: 1)])
        let one = plan.arenaFloats(workers: 1) - plan.arenaFloats(workers: 0)
        #expect(one > 0)
        #expect(plan.arenaFloats(workers: 4) == plan.arenaFloats(workers: 0) + 4 * one)
    }
}
