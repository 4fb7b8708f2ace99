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
        /// An earlier node whose extent this one takes; its values are not read.
        var like: Int?
        let channels: Int
        /// The name in the published table of the layer that this value belongs to, as "F2.1".
        let name: String
    }

    enum Operation: Sendable, Hashable {
        case input(String)
        case convolution(ConvolutionLayer)
        /// Batch normalisation in inference mode; `name` is the prefix of its four tensors.
        case batchNorm(name: String)
        case activation(Activation)
        /// `name` is the prefix of its one slope.
        case prelu(name: String)
        case sigmoid
        case add
        /// Along the channels.
        case concatenate
        /// So many voxels at both ends.
        case crop(PerAxis)
        /// Zeros behind the operand's channels.
        case padChannels
        case averagePool(Window, ceil: Bool)
        case maxPool(Window, ceil: Bool)
        /// Where the maxima of the operand, a max pool, were.
        case poolIndices
        /// Values and their indices; zero elsewhere.
        case unpool(Window)
        case upsampleNearest(PerAxis)
        /// By a factor, or to the extent of `like`.
        case resizeTrilinear(factor: PerAxis?, alignCorners: Bool)
        /// To one voxel.
        case globalAveragePool
        /// One voxel to the extent of `like`.
        case broadcast
    }

    struct ConvolutionLayer: Sendable, Hashable {
        /// The prefix of its tensors.
        let name: String
        let form: ConvolutionParameters.Form
        let window: Window
        let inChannels: Int
        let outChannels: Int
        let hasBias: Bool
        /// Weights are a matrix [out, in].
        var isLinear = false
    }

    /// The prefix of every tensor name: "stage1".
    public let name: String
    public let axes: KernelAxes
    private(set) var nodes: [Node] = []
    private(set) var outputs: [(name: String, node: Int)] = []

    public init(name: String, axes: KernelAxes) {
        self.name = name
        self.axes = axes
    }

    public var inputNames: [String] {
        nodes.compactMap { if case .input(let name) = $0.operation { name } else { nil } }
    }

    public var outputNames: [String] { outputs.map(\.name) }

    /// Channels of each output.
    public var outputChannels: [Int] { outputs.map { nodes[$0.node].channels } }

    /// Makes a value a result of the network.
    public mutating func output(_ name: String, _ value: Value) {
        precondition(!outputNames.contains(name), "two outputs of one name")
        outputs.append((name, value.index))
    }

    /// The last value of a layer or of a block of layers of the published table: "F2.1", "F2".
    package func value(of node: String) -> Value? {
        nodes.lastIndex { $0.name == node || $0.name.hasPrefix("\(node).") }
            .map { Value(index: $0, channels: nodes[$0].channels) }
    }

    mutating func append(
        _ operation: Operation, _ operands: [Value], like: Value? = nil, channels: Int, name: String = ""
    ) -> Value {
        precondition(channels > 0, "a value without channels")
        nodes.append(
            Node(
                operation: operation, operands: operands.map(\.index), like: like?.index, channels: channels,
                name: name))
        return Value(index: nodes.count - 1, channels: channels)
    }

    /// The name of what is done to values of these layers: the latest has it.
    func layerName(_ values: Value...) -> String {
        values.max { $0.index < $1.index }.map { nodes[$0.index].name } ?? ""
    }
}
