import Archive
import DICOMCore
import Foundation

extension SeriesCandidate {
    /// - Parameter instances: the stored instances of the series.
    init(_ series: SeriesRecord, instances: [InstanceRecord]) {
        let attributes = instances.map(\.attributes)
        self.init(
            seriesInstanceUID: series.seriesInstanceUID, frameOfReferenceUID: series.frameOfReferenceUID,
            seriesNumber: series.seriesNumber, imageCount: instances.imageCount,
            imageTypes: Self.imageTypes(attributes), shape: StackShape(instances))
        kernel = attributes.lazy.compactMap(\.convolutionKernel).first ?? ""
    }

    /// The values of ImageType that most of the images share: a localizer inside a stack does not make it one.
    private static func imageTypes(_ attributes: [InstanceAttributes]) -> Set<String> {
        var counts: [String: Int] = [:]
        for image in attributes {
            for value in Set((image.imageType ?? []).map { $0.uppercased() }) { counts[value, default: 0] += 1 }
        }
        return Set(counts.filter { $0.value * 2 > attributes.count }.keys)
    }
}

extension [InstanceRecord] {
    /// Of multi-frame objects every frame counts.
    var imageCount: Int { reduce(0) { $0 + Swift.max($1.attributes.numberOfFrames ?? 1, 1) } }
}

extension StackShape {
    /// From what the archive knows of single-frame images, and from the headers of multi-frame ones.
    init?(_ instances: [InstanceRecord]) {
        self.init(instances.flatMap(Self.planes))
    }

    private static func planes(_ instance: InstanceRecord) -> [Plane] {
        let attributes = instance.attributes
        guard let position = attributes.imagePositionPatient, let orientation = attributes.imageOrientationPatient
        else {
            return (attributes.numberOfFrames ?? 1) > 1 ? MultiFrameHeader.planes(of: instance.file) : []
        }
        return Plane(position: position, orientation: orientation).map { [$0] } ?? []
    }
}
