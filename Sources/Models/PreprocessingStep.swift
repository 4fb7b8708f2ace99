/// One step of what is done to an image before the network sees it; a package lists them in order.
public indirect enum PreprocessingStep: Sendable, Hashable {
    /// Determines the region of interest that the steps after it refer to.
    case roi(RegionOfInterestKind)
    /// Crops to the region's bounding box, enlarged on every side and clipped to the image.
    case cropToROI(marginVoxels: Int)
    /// Replaces what lies outside of the region by the image's minimum or by a number.
    case fillOutsideROI(FillValue)
    case clip(low: Float, high: Float)
    /// The linear map that takes `from[0]` to `to[0]` and `from[1]` to `to[1]`.
    case scale(from: ClosedRange<Float>, to: ClosedRange<Float>)
    /// (v - mean) / standard deviation.
    case zScore(ZScoreStatistics)
    /// The linear map that takes two percentiles (0 to 100) of the image to 0 and 1.
    case percentileScale(low: Double, high: Double)
    /// Another number of voxels along x, y and z, by cubic splines; what comes out of the network is brought back.
    case resample([AxisResampling])
    /// A change of intensities that is made to images of some modalities alone.
    case only(of: Set<ImageModality>, PreprocessingStep)
}

/// What resampling does along an axis.
public enum AxisResampling: Sendable, Hashable {
    case keep
    /// As many voxels as come nearest to this spacing.
    case spacingMM(Double)
    /// So many times as many voxels.
    case factor(Double)
    /// So many voxels, whatever the spacing.
    case size(Int)

    /// Voxels of an axis that has so many at this spacing; a half rounds to even, as in SciPy's `zoom`.
    func count(_ count: Int, spacingMM: Double) -> Int {
        let factor =
            switch self {
            case .keep: 1.0
            case .spacingMM(let target): spacingMM / target
            case .factor(let factor): factor
            case .size(let size): Double(size) / Double(count)
            }
        return max(1, Int((Double(count) * factor).rounded(.toNearestOrEven)))
    }
}

/// What the region of interest is.
public enum RegionOfInterestKind: String, Sendable, Hashable, Decodable {
    case lungs, none
    /// Known to the format; a package that asks for it is refused as unsupported.
    case body
}

/// What stands outside of the region of interest.
public enum FillValue: Sendable, Hashable {
    case minimum
    case number(Float)
}

/// Where mean and standard deviation come from.
public enum ZScoreStatistics: Sendable, Hashable {
    /// The image itself.
    case volume
    case fixed(mean: Double, standardDeviation: Double)
}

extension PreprocessingStep: Decodable {
    private enum StepKey: String, CodingKey {
        case step, modality
    }

    private enum ROIKeys: String, CodingKey, CaseIterable {
        case step, roi
    }

    private enum CropKeys: String, CodingKey, CaseIterable {
        case step
        case margin = "margin_voxels"
    }

    private enum FillKeys: String, CodingKey, CaseIterable {
        case step, value
    }

    private enum RangeKeys: String, CodingKey, CaseIterable {
        case step, modality, low, high
    }

    private enum ScaleKeys: String, CodingKey, CaseIterable {
        case step, modality, from, to
    }

    private enum ResampleKeys: String, CodingKey, CaseIterable {
        case step, interpolation, factor, size
        case spacingMM = "spacing_mm"
    }

    private enum ZScoreKeys: String, CodingKey, CaseIterable {
        case step, modality, mean, std, statistics
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: StepKey.self)
        let step = try Self.step(named: try container.decode(String.self, forKey: .step), decoder)
        guard container.contains(.modality) else {
            self = step
            return
        }
        let modalities = Set(try container.decode([ImageModality].self, forKey: .modality))
        guard !modalities.isEmpty else { throw Self.corrupted(decoder, "modality names none") }
        self = .only(of: modalities, step)
    }

    private static func step(named name: String, _ decoder: any Decoder) throws -> Self {
        switch name {
        case "roi": try roi(decoder)
        case "crop_to_roi": try crop(decoder)
        case "fill_outside_roi": try fill(decoder)
        case "clip": try clip(decoder)
        case "scale": try scale(decoder)
        case "zscore": try zScore(decoder)
        case "percentile_scale": try percentileScale(decoder)
        case "resample": try resample(decoder)
        default: throw corrupted(decoder, "unknown preprocessing step \"\(name)\"")
        }
    }

    private static func roi(_ decoder: any Decoder) throws -> Self {
        .roi(try decoder.strictContainer(keyedBy: ROIKeys.self).decode(RegionOfInterestKind.self, forKey: .roi))
    }

    private static func crop(_ decoder: any Decoder) throws -> Self {
        let margin = try decoder.strictContainer(keyedBy: CropKeys.self).decode(Int.self, forKey: .margin)
        guard (0...10_000).contains(margin) else { throw corrupted(decoder, "margin_voxels must be 0 to 10000") }
        return .cropToROI(marginVoxels: margin)
    }

    private static func fill(_ decoder: any Decoder) throws -> Self {
        let container = try decoder.strictContainer(keyedBy: FillKeys.self)
        if let number = try? container.decode(Float.self, forKey: .value) { return .fillOutsideROI(.number(number)) }
        guard try container.decode(String.self, forKey: .value) == "minimum" else {
            throw corrupted(decoder, "value must be \"minimum\" or a number")
        }
        return .fillOutsideROI(.minimum)
    }

    private static func clip(_ decoder: any Decoder) throws -> Self {
        let container = try decoder.strictContainer(keyedBy: RangeKeys.self)
        let low = try container.decode(Float.self, forKey: .low)
        let high = try container.decode(Float.self, forKey: .high)
        guard low < high else { throw corrupted(decoder, "clip needs low < high") }
        return .clip(low: low, high: high)
    }

    private static func scale(_ decoder: any Decoder) throws -> Self {
        let container = try decoder.strictContainer(keyedBy: ScaleKeys.self)
        let from = try container.decode([Float].self, forKey: .from)
        let to = try container.decode([Float].self, forKey: .to)
        guard from.count == 2, to.count == 2, from[0] < from[1], to[0] < to[1] else {
            throw corrupted(decoder, "from and to must be two rising numbers each")
        }
        return .scale(from: from[0]...from[1], to: to[0]...to[1])
    }

    private static func zScore(_ decoder: any Decoder) throws -> Self {
        let container = try decoder.strictContainer(keyedBy: ZScoreKeys.self)
        if container.contains(.statistics) {
            let source = try container.decode(String.self, forKey: .statistics)
            guard source == "volume", !container.contains(.mean), !container.contains(.std) else {
                throw corrupted(decoder, "zscore takes either \"statistics\": \"volume\" or mean and std")
            }
            return .zScore(.volume)
        }
        let deviation = try container.decode(Double.self, forKey: .std)
        guard deviation > 0 else { throw corrupted(decoder, "std must be positive") }
        return .zScore(.fixed(mean: try container.decode(Double.self, forKey: .mean), standardDeviation: deviation))
    }

    private static func percentileScale(_ decoder: any Decoder) throws -> Self {
        let container = try decoder.strictContainer(keyedBy: RangeKeys.self)
        let low = try container.decode(Double.self, forKey: .low)
        let high = try container.decode(Double.self, forKey: .high)
        guard 0 <= low, low < high, high <= 100 else {
            throw corrupted(decoder, "percentiles must rise within 0 to 100")
        }
        return .percentileScale(low: low, high: high)
    }

    private static func resample(_ decoder: any Decoder) throws -> Self {
        let container = try decoder.strictContainer(keyedBy: ResampleKeys.self)
        guard try container.decode(String.self, forKey: .interpolation) == "cubic" else {
            throw corrupted(decoder, "interpolation must be \"cubic\"")
        }
        let spacings = try container.decodeIfPresent([Double?].self, forKey: .spacingMM) ?? [nil, nil, nil]
        let factors = try container.decodeIfPresent([Double?].self, forKey: .factor) ?? [nil, nil, nil]
        let sizes = try container.decodeIfPresent([Int?].self, forKey: .size) ?? [nil, nil, nil]
        guard spacings.count == 3, factors.count == 3, sizes.count == 3 else {
            throw corrupted(decoder, "spacing_mm, factor and size have x, y and z")
        }
        guard spacings.allSatisfy({ (0.05...50).contains($0 ?? 1) }),
            factors.allSatisfy({ (0.05...4).contains($0 ?? 1) }), sizes.allSatisfy({ (8...1024).contains($0 ?? 8) })
        else { throw corrupted(decoder, "a spacing must be 0.05 to 50 mm, a factor 0.05 to 4 and a size 8 to 1024") }
        return .resample(
            try (0..<3).map { axis in
                let given = [
                    spacings[axis].map(AxisResampling.spacingMM), factors[axis].map(AxisResampling.factor),
                    sizes[axis].map(AxisResampling.size)
                ].compactMap(\.self)
                guard given.count <= 1 else {
                    throw corrupted(decoder, "each axis is in one of spacing_mm, factor and size at most")
                }
                return given.first ?? .keep
            })
    }

    private static func corrupted(_ decoder: any Decoder, _ reason: String) -> DecodingError {
        .dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: reason))
    }
}
