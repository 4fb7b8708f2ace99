public import Tensors

// What has no weights.
extension NetworkDescription {
    public mutating func input(_ name: String, channels: Int) -> Value {
        precondition(!inputNames.contains(name), "two inputs of one name")
        return append(.input(name), [], channels: channels)
    }

    public mutating func relu(_ input: Value) -> Value {
        append(.activation(.relu), [input], channels: input.channels, name: layerName(input))
    }

    public mutating func relu6(_ input: Value) -> Value {
        append(.activation(.relu6), [input], channels: input.channels, name: layerName(input))
    }

    public mutating func sigmoid(_ input: Value) -> Value {
        append(.sigmoid, [input], channels: input.channels, name: layerName(input))
    }

    public mutating func add(_ first: Value, _ second: Value) -> Value {
        precondition(first.channels == second.channels, "a sum of different widths")
        return append(.add, [first, second], channels: first.channels, name: layerName(first, second))
    }

    public mutating func concatenate(_ values: [Value]) -> Value {
        append(.concatenate, values, channels: values.map(\.channels).reduce(0, +))
    }

    /// Leaves `margin` voxels out at each end of each axis.
    public mutating func crop(_ input: Value, by margin: PerAxis) -> Value {
        append(.crop(margin), [input], channels: input.channels)
    }

    /// Adds channels of zeros behind those of the input.
    public mutating func padChannels(_ input: Value, to channels: Int) -> Value {
        precondition(channels >= input.channels, "padding to fewer channels")
        return append(.padChannels, [input], channels: channels)
    }

    /// - Parameter ceil: also windows that lie in the input in part; they average what lies inside.
    public mutating func averagePool(_ input: Value, window: Window, ceil: Bool = false) -> Value {
        append(.averagePool(window, ceil: ceil), [input], channels: input.channels)
    }

    public mutating func maxPool(_ input: Value, window: Window, ceil: Bool = false) -> Value {
        append(.maxPool(window, ceil: ceil), [input], channels: input.channels)
    }

    /// Averages blocks of `factor` along every axis of the network; ceil mode.
    public mutating func averagePool(_ input: Value, factor: Int) -> Value {
        averagePool(input, window: .blocks(cube(factor)), ceil: true)
    }

    /// The maximum of blocks of `factor` along every axis of the network; ceil mode.
    public mutating func maxPool(_ input: Value, factor: Int) -> Value {
        maxPool(input, window: .blocks(cube(factor)), ceil: true)
    }

    /// A max pool of windows side by side, and where its maxima are, for `unpool`.
    public mutating func maxPoolWithIndices(_ input: Value, window: Window) -> (value: Value, indices: Value) {
        precondition(window.size == window.stride && window.padding == 0, "unpooling needs windows side by side")
        let value = maxPool(input, window: window)
        return (value, append(.poolIndices, [value], channels: input.channels))
    }

    /// Puts every value where the maximum was that `indices` tell of; zero elsewhere.
    /// - Parameter like: the value that was pooled, whose extent is restored.
    public mutating func unpool(_ input: Value, indices: Value, like: Value) -> Value {
        let pool = nodes[indices.index].operands.first.map { nodes[$0].operation }
        guard case .maxPool(let window, _) = pool, nodes[indices.index].operation == .poolIndices else {
            preconditionFailure("unpooling without the indices of a pool")
        }
        precondition(input.channels == indices.channels, "unpooling of another width")
        return append(.unpool(window), [input, indices], like: like, channels: input.channels, name: layerName(input))
    }

    public mutating func upsampleNearest(_ input: Value, factor: PerAxis) -> Value {
        append(.upsampleNearest(factor), [input], channels: input.channels)
    }

    public mutating func resizeTrilinear(_ input: Value, factor: PerAxis, alignCorners: Bool) -> Value {
        append(.resizeTrilinear(factor: factor, alignCorners: alignCorners), [input], channels: input.channels)
    }

    /// To the extent of another value.
    public mutating func resizeTrilinear(_ input: Value, like: Value, alignCorners: Bool) -> Value {
        append(
            .resizeTrilinear(factor: nil, alignCorners: alignCorners), [input], like: like, channels: input.channels)
    }

    /// The mean over all voxels, as one voxel.
    public mutating func globalAveragePool(_ input: Value) -> Value {
        append(.globalAveragePool, [input], channels: input.channels)
    }

    /// One voxel, everywhere in the extent of another value.
    public mutating func broadcast(_ input: Value, like: Value) -> Value {
        append(.broadcast, [input], like: like, channels: input.channels)
    }
}
