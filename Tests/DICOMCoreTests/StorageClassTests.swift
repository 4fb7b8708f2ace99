import DICOMCore
import Testing

@Suite struct StorageClassTests {
    @Test("every row has its own UID and its own keyword, and is found by its UID")
    func uniqueness() {
        let table = StorageClass.table
        #expect(Set(table.map(\.uid)).count == table.count)
        #expect(Set(table.map(\.keyword)).count == table.count)
        for row in table { #expect(StorageClass.with(uid: row.uid) == row) }
        #expect(StorageClass.with(uid: .verification) == nil)
    }

    @Test("rows are in order of UID, so that a missing one is seen")
    func order() {
        let numbers = StorageClass.table.map { $0.uid.rawValue.split(separator: ".").compactMap { Int($0) } }
        #expect(zip(numbers, numbers.dropFirst()).allSatisfy { $0.lexicographicallyPrecedes($1) })
    }

    @Test(
        "what the node keeps",
        arguments: [
            (SOPClassUID.ctImageStorage, StorageClass.Kind.image), (.enhancedCTImageStorage, .image),
            (.legacyConvertedEnhancedCTImageStorage, .image), (.mrImageStorage, .image),
            (.enhancedMRImageStorage, .image), (.legacyConvertedEnhancedMRImageStorage, .image),
            (.positronEmissionTomographyImageStorage, .image), (.enhancedPETImageStorage, .image),
            (.legacyConvertedEnhancedPETImageStorage, .image), (.secondaryCaptureImageStorage, .image),
            (.multiframeSingleBitSecondaryCaptureImageStorage, .image),
            (.multiframeGrayscaleByteSecondaryCaptureImageStorage, .image),
            (.multiframeGrayscaleWordSecondaryCaptureImageStorage, .image),
            (.multiframeTrueColorSecondaryCaptureImageStorage, .image), (.segmentationStorage, .segmentation),
            (.labelMapSegmentationStorage, .segmentation), (.basicTextSRStorage, .report),
            (.enhancedSRStorage, .report),
            (.comprehensiveSRStorage, .report), (.comprehensive3DSRStorage, .report), (.extensibleSRStorage, .report),
            (.chestCADSRStorage, .report),
        ])
    func kept(uid: SOPClassUID, kind: StorageClass.Kind) {
        #expect(StorageClass.with(uid: uid)?.kind == kind)
    }

    @Test("nothing else is kept, and what auto-routers push is known")
    func others() {
        #expect(StorageClass.kept.count == 22)
        #expect(StorageClass.kept.count + StorageClass.others.count == StorageClass.table.count)
        let routed = [
            "XRayRadiationDoseSRStorage", "KeyObjectSelectionDocumentStorage",
            "GrayscaleSoftcopyPresentationStateStorage",
            "RTStructureSetStorage", "EncapsulatedPDFStorage", "RawDataStorage", "SpatialRegistrationStorage",
        ]
        #expect(Set(routed).isSubset(of: StorageClass.others.map(\.keyword)))
    }

    @Test("the implementation names itself within the limits of PS3.7 §D.3.3.2")
    func implementation() {
        #expect(SOPClassUID(Implementation.classUID) != nil)
        #expect((1...16).contains(Implementation.versionName.utf8.count))
    }
}
