import DICOMCore
import Geometry
import Imaging

/// The content tree: TID 1500 and, outside of findings, what it includes (PS3.16 Annex A).
extension MeasurementReport {
    var contentTree: ContentItem {
        var children = [
            ContentItem(.hasConceptModifier, .language, .code(.englishOfTheUnitedStates))
        ]
        children += observer
        children.append(ContentItem(.hasConceptModifier, .procedureReported, .code(procedure)))
        children.append(imageLibrary)
        if !findings.isEmpty {
            let groups = findings.map(measurementGroup)
            children.append(ContentItem(.contains, .imagingMeasurements, .container(template: nil), groups))
        }
        children.append(ContentItem(.contains, .qualitativeEvaluations, .container(template: nil), evaluations))
        return ContentItem(.contains, .imagingMeasurementReport, .container(template: "1500"), children)
    }

    /// TID 1001 with a device as observer (TID 1004).
    private var observer: [ContentItem] {
        let equipment = context.equipment
        let values: [(CodedEntry, ContentItem.Value)] = [
            (.observerType, .code(.device)),
            (.deviceObserverUID, .uid(equipment.deviceUID.rawValue)),
            (.deviceObserverName, .text(context.algorithm.name)),
            (.deviceObserverManufacturer, .text(equipment.manufacturer)),
            (.deviceObserverModelName, .text(equipment.modelName)),
            (.deviceObserverSerialNumber, .text(equipment.deviceSerialNumber)),
        ]
        return values.map { ContentItem(.hasObservationContext, $0.0, $0.1) }
    }

    /// CID 100: what the header says for certain is the modality, so no body region.
    private var procedure: CodedEntry {
        switch context.source.modality {
        case "CT": CodedEntry("25045-6", "LN", "CT unspecified body region")
        case "MR": CodedEntry("25056-3", "LN", "MRI unspecified body region")
        case "PT": CodedEntry("44136-0", "LN", "PET unspecified body region")
        default: CodedEntry("18748-4", "LN", "Diagnostic imaging study")
        }
    }

    /// TID 1600: one group, the series, with what all its images have in common.
    private var imageLibrary: ContentItem {
        let images = context.source.instances.map { instance in
            ContentItem(.contains, nil, .image(ContentItem.ImageReference(instance: instance)))
        }
        let group = ContentItem(
            .contains, .imageLibraryGroup, .container(template: nil), imageDescriptors + images)
        return ContentItem(.contains, .imageLibrary, .container(template: "1600"), [group])
    }

    /// TID 1602 and 1604.
    private var imageDescriptors: [ContentItem] {
        var values: [(CodedEntry, ContentItem.Value)] = []
        if let modality = modalityCode { values.append((.modality, .code(modality))) }
        if let uid = context.source.frameOfReferenceUID {
            values.append((.frameOfReferenceUID, .uid(uid.rawValue)))
        }
        if let grid {
            let spacing = grid.geometry.spacing
            values += [
                (.pixelDataRows, .number(Double(grid.size.height), unit: .pixels)),
                (.pixelDataColumns, .number(Double(grid.size.width), unit: .pixels)),
                (.horizontalPixelSpacing, .number(spacing.i, unit: .millimetre)),
                (.verticalPixelSpacing, .number(spacing.j, unit: .millimetre)),
                (.spacingBetweenSlices, .number(spacing.k, unit: .millimetre)),
            ]
        }
        return values.map { ContentItem(.hasAcquisitionContext, $0.0, $0.1) }
    }

    /// CID 29.
    private var modalityCode: CodedEntry? {
        switch context.source.modality {
        case "CT": CodedEntry("CT", "DCM", "Computed Tomography")
        case "MR": CodedEntry("MR", "DCM", "Magnetic Resonance")
        case "PT": CodedEntry("PT", "DCM", "Positron emission tomography")
        default: nil
        }
    }

    /// TID 1500 rows 12 to 14: the outcome, and what a reader has to know.
    private var evaluations: [ContentItem] {
        var comments = ["Research use only. Not for diagnosis. Computed without review by a person."]
        if let reason = outcome.reason { comments.append(reason) }
        if !findings.isEmpty {
            comments.append(
                "Volume: sum of the segment's voxels. Long axis: longest distance between the centres of two boundary "
                    + "voxels, in three dimensions. The score is the network's own and not calibrated.")
        }
        comments += messages.map(\.description) + remarks
        return [
            ContentItem(.contains, .processingSummary, .code(outcome.summary)),
            ContentItem(.contains, .processingOutcome, .code(outcome.code)),
        ] + comments.map { ContentItem(.contains, .comment, .text($0)) }
    }
}
