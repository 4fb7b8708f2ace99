import DICOMCore

/// What is an image to measure, and whose.
extension AssemblyRule {
    static func keepImages(_ stack: inout CandidateStack) throws(AssemblyRefusal) {
        stack.headers = stack.headers.filter { header in
            guard let sopClass = header.sopClassUID else { return ["CT", "MR", "PT"].contains(header.modality) }
            // Masks have been seen as CT Image Storage with Modality SEG.
            return volumeClasses.contains(sopClass) && header.modality != "SEG"
        }
        if stack.headers.isEmpty { throw stack.refusal(AssemblyMessage(.noImages)) }
    }

    /// De-identification has been seen to leave UIDs empty.
    static func requireUIDs(_ stack: inout CandidateStack) throws(AssemblyRefusal) {
        let incomplete = stack.headers.filter { !$0.missingUIDs.isEmpty }
        guard let missing = incomplete.first?.missingUIDs.joined(separator: ", ") else { return }
        throw stack.refusal(AssemblyMessage(.missingUIDs, "\(incomplete.count)", missing))
    }

    private static let volumeClasses: Set<SOPClassUID> = [
        .ctImageStorage, .enhancedCTImageStorage, .legacyConvertedEnhancedCTImageStorage,
        .mrImageStorage, .enhancedMRImageStorage, .legacyConvertedEnhancedMRImageStorage,
        .positronEmissionTomographyImageStorage, .enhancedPETImageStorage, .legacyConvertedEnhancedPETImageStorage,
        .secondaryCaptureImageStorage, .multiframeGrayscaleByteSecondaryCaptureImageStorage,
        .multiframeGrayscaleWordSecondaryCaptureImageStorage, .multiframeTrueColorSecondaryCaptureImageStorage,
    ]

    static func requireOneIdentity(_ stack: inout CandidateStack) throws(AssemblyRefusal) {
        func differ(_ value: (SliceHeader) -> some Hashable) -> Bool { Set(stack.headers.map(value)).count > 1 }
        if differ(\.patientIdentity) { throw stack.refusal(AssemblyMessage(.inconsistentIdentity, "patient")) }
        if differ(\.studyInstanceUID) { throw stack.refusal(AssemblyMessage(.inconsistentIdentity, "study")) }
        if differ(\.seriesInstanceUID) { throw stack.refusal(AssemblyMessage(.inconsistentIdentity, "series")) }
    }

    static func dropScoutsAndDerived(_ stack: inout CandidateStack) throws(AssemblyRefusal) {
        let original = stack.headers.filter { !$0.isLocalizer && $0.derivation == nil }
        if let first = stack.headers.first, original.isEmpty {
            guard let derivation = stack.headers.lazy.compactMap(\.derivation).first, !first.isLocalizer
            else { throw stack.refusal(AssemblyMessage(.onlyLocalizers)) }
            throw stack.refusal(AssemblyMessage(.derivedImages, derivation))
        }
        noteDropped(stack.headers.count - original.count, in: &stack)
        stack.headers = original
    }

    static func noteDropped(_ count: Int, in stack: inout CandidateStack) {
        if count > 0 { stack.note(AssemblyMessage(.localizersIgnored, "\(count)")) }
    }
}

extension SliceHeader {
    /// The UIDs that results need, as far as they are absent or malformed.
    fileprivate var missingUIDs: [String] {
        let uids: [(name: String, isThere: Bool)] = [
            ("SOP Class UID", sopClassUID != nil), ("SOP Instance UID", sopInstanceUID != nil),
            ("Study Instance UID", studyInstanceUID != nil), ("Series Instance UID", seriesInstanceUID != nil),
        ]
        return uids.filter { !$0.isThere }.map(\.name)
    }

    /// A scout, told by ImageType value 3 (PS3.3 §C.8.2.1.1.1) or, from some vendors, a later one.
    var isLocalizer: Bool { imageType.dropFirst(2).contains { $0.hasPrefix("LOCALIZER") || $0 == "SCOUT" } }

    /// What makes the image unfit for measurement: a reformat, a projection, a screen capture; nil if nothing does.
    ///
    /// DERIVED alone does not: converted and de-identified originals say that too.
    var derivation: String? {
        if modality == "SC" || sopClassUID.map(Self.captureClasses.contains) == true { return "secondary capture" }
        if hasBurnedInAnnotation { return "burned-in annotation" }
        let words = imageType.dropFirst(2).flatMap { $0.split { !$0.isLetter } }.map(String.init)
        return words.first(where: Self.derivedWords.contains)
    }

    private static let derivedWords: Set<String> = [
        "MPR", "CPR", "MIP", "MINIP", "MPVR", "VRT", "SSD", "REFORMATTED", "RENDERED", "PROJECTION", "SCREEN", "DOSE",
    ]

    private static let captureClasses: Set<SOPClassUID> = [
        .secondaryCaptureImageStorage, .multiframeGrayscaleByteSecondaryCaptureImageStorage,
        .multiframeGrayscaleWordSecondaryCaptureImageStorage, .multiframeTrueColorSecondaryCaptureImageStorage,
    ]

    var isCT: Bool {
        sopClassUID == .ctImageStorage || sopClassUID == .enhancedCTImageStorage
            || sopClassUID == .legacyConvertedEnhancedCTImageStorage
    }
}
