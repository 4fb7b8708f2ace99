import DICOMCore
import Imaging

/// TID 1411: one group for each finding. All groups have the same items in the same order: some readers take the
/// columns of their table from the first one.
extension MeasurementReport {
    func measurementGroup(_ finding: ReportedFinding) -> ContentItem {
        let segment = finding.segment
        var items = [
            ContentItem(.hasObservationContext, .trackingIdentifier, .text(segment.trackingIdentifier)),
            ContentItem(.hasObservationContext, .trackingUniqueIdentifier, .uid(segment.trackingUID.rawValue)),
            ContentItem(.contains, .finding, .code(segment.type)),
        ]
        items += images(of: finding)
        items.append(
            ContentItem(
                .contains, .sourceSeriesForSegmentation, .uid(context.source.seriesInstanceUID.rawValue)))
        if let site = segment.region {
            let laterality = segment.regionModifier.map {
                ContentItem(.hasConceptModifier, .laterality, .code($0))
            }
            items.append(ContentItem(.hasConceptModifier, .findingSite, .code(site), laterality.map { [$0] } ?? []))
        }
        items += measurements(of: finding)
        return ContentItem(.contains, .measurementGroup, .container(template: "1411"), items)
    }

    /// The segment, and the slice with the finding's largest area.
    private func images(of finding: ReportedFinding) -> [ContentItem] {
        var images: [ContentItem] = []
        if let segmentation {
            let segment = ContentItem.ImageReference(
                instance: segmentation.instance, segmentNumber: finding.segmentNumber)
            images.append(ContentItem(.contains, .referencedSegment, .image(segment)))
        }
        if let slice = grid?.slices[finding.measurements.keySlice] {
            let key = ContentItem.ImageReference(instance: slice.instance, frameNumber: slice.frameNumber)
            images.append(ContentItem(.contains, .bestIllustrationOfFinding, .image(key)))
        }
        return images
    }

    private func measurements(of finding: ReportedFinding) -> [ContentItem] {
        let measured = finding.measurements
        var items = [
            measurement(.volume, measured.volumeML, .millilitre),
            measurement(.longAxis, measured.longAxisMM, .millimetre),
        ]
        if let intensity = measured.intensity, let (concept, unit) = intensityConcept {
            let values: [(CodedEntry, Double)] = [
                (.mean, intensity.mean), (.standardDeviation, intensity.standardDeviation),
                (.minimum, Double(intensity.minimum)), (.maximum, Double(intensity.maximum)),
            ]
            items += values.map { measurement(concept, $0.1, unit, derivation: $0.0) }
        }
        if let score = finding.score { items.append(measurement(.uncalibratedScore, score, .noUnits)) }
        return items
    }

    /// A NUM of TID 1419 with its derivation and the algorithm (TID 4019).
    private func measurement(
        _ concept: CodedEntry, _ value: Double, _ unit: CodedEntry, derivation: CodedEntry? = nil
    ) -> ContentItem {
        var modifiers: [ContentItem] = []
        if let derivation { modifiers.append(ContentItem(.hasConceptModifier, .derivation, .code(derivation))) }
        modifiers.append(ContentItem(.hasConceptModifier, .algorithmName, .text(context.algorithm.name)))
        modifiers.append(ContentItem(.hasConceptModifier, .algorithmVersion, .text(context.algorithm.version)))
        modifiers += context.algorithm.parameters.map {
            ContentItem(.hasConceptModifier, .algorithmParameters, .text($0))
        }
        return ContentItem(.contains, concept, .number(value, unit: unit), modifiers)
    }

    /// What the voxel values are and their unit: Hounsfield units only where they are.
    private var intensityConcept: (CodedEntry, CodedEntry)? {
        guard let unit = grid?.unit else { return nil }
        return switch unit {
        case .hounsfield: (.attenuationCoefficient, .hounsfieldUnit)
        case .becquerelsPerML: (.tomographicActivity, .becquerelsPerMillilitre)
        case .arbitrary: (context.source.modality == "MR" ? .signalIntensity : .imageIntensity, .noUnits)
        }
    }
}
