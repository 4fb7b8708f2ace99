internal import Tensors

/// A network as data: what is computed from what, and the names of the weights.
///
/// Nodes are in an order in which every node comes after those it reads.
public struct NetworkDescription: Sendable {
    /// The result of a node, which other nodes read.
    public struct Value: Hashable, Sendable {
        let index: Int
        public let channels: Int
    }

    /// A node: an operation on earlier values.
    struct Node: Sendable {
        let operation: Operation
        let operands: [Int]
        let channels: Int
    }

    enum Operation: Sendable, Hashable {
        case input(String)
        case convolution(Convolution)
        /// Batch normalisation in inference mode; `name` is the prefix of its four tensors.
        case batchNorm(name: String)
        case relu
        case add
        /// Along the channels.
        case concatenate
        /// Windows of `factor` with stride `factor`; ceil mode.
        case averagePool(factor: Int)
        case maxPool(factor: Int)
        /// Trilinear, corners aligned.
        case upsample2
    }

    struct Convolution: Sendable, Hashable {
        /// The prefix of its tensors.
        let name: String
        let inChannels: Int
        let outChannels: Int
        /// The same along every axis, odd; zero padding keeps the size.
        let kernel: Int
        let hasBias: Bool
    }

    /// The prefix of every tensor name: "stage1".
    public let name: String
    private(set) var nodes: [Node] = []
    private(set) var outputs: [(name: String, node: Int)] = []

    public init(name: String) {
        self.name = name
    }

    public var inputNames: [String] {
        nodes.compactMap { if case .input(let name) = $0.operation { name } else { nil } }
    }

    public var outputNames: [String] { outputs.map(\.name) }
}

// Building.
extension NetworkDescription {
    public mutating func input(_ name: String, channels: Int) -> Value {
        append(.input(name), [], channels: channels)
    }

    /// A convolution with stride 1 and as much zero padding as keeps the size.
    public mutating func convolution(
        _ node: String, _ input: Value, to outChannels: Int, kernel: Int, bias: Bool = false
    ) -> Value {
        precondition(kernel % 2 == 1, "same-size padding needs an odd kernel")
        let convolution = Convolution(
            name: "\(name).\(node).conv", inChannels: input.channels, outChannels: outChannels, kernel: kernel,
            hasBias: bias)
        return append(.convolution(convolution), [input], channels: outChannels)
    }

    public mutating func batchNorm(_ node: String, _ input: Value) -> Value {
        append(.batchNorm(name: "\(name).\(node).bn"), [input], channels: input.channels)
    }

    public mutating func relu(_ input: Value) -> Value {
        append(.relu, [input], channels: input.channels)
    }

    public mutating func add(_ first: Value, _ second: Value) -> Value {
        precondition(first.channels == second.channels, "a sum of different widths")
        return append(.add, [first, second], channels: first.channels)
    }

    public mutating func concatenate(_ first: Value, _ second: Value) -> Value {
        append(.concatenate, [first, second], channels: first.channels + second.channels)
    }

    public mutating func averagePool(_ input: Value, factor: Int) -> Value {
        append(.averagePool(factor: factor), [input], channels: input.channels)
    }

    public mutating func maxPool(_ input: Value, factor: Int) -> Value {
        append(.maxPool(factor: factor), [input], channels: input.channels)
    }

    public mutating func upsample2(_ input: Value) -> Value {
        append(.upsample2, [input], channels: input.channels)
    }

    /// Makes a value a result of the network.
    public mutating func output(_ name: String, _ value: Value) {
        outputs.append((name, value.index))
    }

    private mutating func append(_ operation: Operation, _ operands: [Value], channels: Int) -> Value {
        nodes.append(Node(operation: operation, operands: operands.map(\.index), channels: channels))
        return Value(index: nodes.count - 1, channels: channels)
    }
}

// What follows from a description.
extension NetworkDescription {
    /// Name and shape of every tensor of the network's weights; convolution weights are [out, in, k0, k1, k2].
    public var parameters: [String: [Int]] {
        var shapes: [String: [Int]] = [:]
        for node in nodes {
            switch node.operation {
            case .convolution(let c):
                shapes["\(c.name).weight"] = [c.outChannels, c.inChannels, c.kernel, c.kernel, c.kernel]
                if c.hasBias { shapes["\(c.name).bias"] = [c.outChannels] }
            case .batchNorm(let name):
                for part in ["weight", "bias", "running_mean", "running_var"] {
                    shapes["\(name).\(part)"] = [node.channels]
                }
            case .input, .relu, .add, .concatenate, .averagePool, .maxPool, .upsample2: break
            }
        }
        return shapes
    }

    /// The shape in memory of every node for given shapes of the inputs (in the order of `inputNames`).
    /// - Parameter storedChannels: how many channels a value of so many has in memory.
    func shapes(_ inputs: [TensorShape], storedChannels: (Int) -> Int) -> [TensorShape] {
        var shapes: [TensorShape] = []
        var remaining = inputs[...]
        for node in nodes {
            let operands = node.operands.map { shapes[$0] }
            switch node.operation {
            case .input: shapes.append(remaining.removeFirst())
            case .averagePool(let factor), .maxPool(let factor): shapes.append(operands[0].pooled(by: factor))
            case .upsample2: shapes.append(operands[0].doubled)
            case .convolution, .batchNorm, .relu, .concatenate:
                shapes.append(operands[0].withChannels(storedChannels(node.channels)))
            case .add:
                precondition(operands[0] == operands[1], "a sum of different shapes")
                shapes.append(operands[0])
            }
            precondition(
                shapes.last?.channels == storedChannels(node.channels), "an input with another number of channels")
        }
        return shapes
    }
}

extension TensorShape {
    /// Ceil mode.
    fileprivate func pooled(by factor: Int) -> TensorShape {
        let up = factor - 1
        return TensorShape(
            depth: (depth + up) / factor, height: (height + up) / factor, width: (width + up) / factor,
            channels: channels)
    }

    fileprivate var doubled: TensorShape {
        TensorShape(depth: 2 * depth, height: 2 * height, width: 2 * width, channels: channels)
    }
}
