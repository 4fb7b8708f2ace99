/// The networks that the node knows, under the names of model packages.
public enum NetworkArchitecture: String, CaseIterable, Sendable {
    case lowRes = "lowres"
    case segmentThenSegment2D = "sts-unet2d"
    case segmentThenSegment3D = "sts-unet3d"
    case uNet3D = "unet3d"
    case deepMedic39 = "deepmedic39"
    case mobileNetV2UNet3D = "mobilenetv2-unet3d"
    case eNet3D = "enet3d"

    /// The hyper-parameter by which all layers of a network scale, as published: the channels of its first layer
    /// (DeepMedic: a third of them).
    public var publishedWidth: Int {
        switch self {
        case .lowRes, .eNet3D: 16
        case .segmentThenSegment2D, .segmentThenSegment3D, .uNet3D, .mobileNetV2UNet3D: 32
        case .deepMedic39: 10
        }
    }

    /// The order in which extents of its input are given.
    public var axes: KernelAxes {
        switch self {
        case .lowRes, .uNet3D, .deepMedic39, .mobileNetV2UNet3D, .eNet3D: .xyz
        case .segmentThenSegment2D: .yx
        case .segmentThenSegment3D: .zyx
        }
    }

    /// The networks that have weights, in the order in which they run.
    /// - Parameter width: the published one unless given.
    public func networks(width: Int? = nil, inChannels: Int = 1, outChannels: Int = 1) -> [NetworkDescription] {
        let width = width ?? publishedWidth
        switch self {
        case .lowRes:
            let networks = LowResNetworks(features: width, inChannels: inChannels, outChannels: outChannels)
            return [networks.stage1, networks.stage2]
        case .segmentThenSegment2D, .segmentThenSegment3D:
            let networks = SegmentThenSegmentNetworks(
                dimensions: self == .segmentThenSegment2D ? 2 : 3, width: width, inChannels: inChannels,
                outChannels: outChannels)
            return [networks.rough, networks.fine]
        case .uNet3D: return [UNet3D.description(width: width, inChannels: inChannels, outChannels: outChannels)]
        case .deepMedic39:
            return [DeepMedic39.description(width: width, inChannels: inChannels, outChannels: outChannels)]
        case .mobileNetV2UNet3D:
            return [MobileNetV2UNet3D.description(width: width, inChannels: inChannels, outChannels: outChannels)]
        case .eNet3D: return [ENet3D.description(width: width, inChannels: inChannels, outChannels: outChannels)]
        }
    }
}
