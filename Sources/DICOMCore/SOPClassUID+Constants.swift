/// The SOP classes that Fovea names in its code, under their keywords (PS3.6 Annex A). Every storage SOP class is in
/// `StorageClass.table`.
extension UniqueIdentifier where Role == SOPClassRole {
    public static let verification = SOPClassUID("1.2.840.10008.1.1")!
    public static let ctImageStorage = SOPClassUID("1.2.840.10008.5.1.4.1.1.2")!
    public static let enhancedCTImageStorage = SOPClassUID("1.2.840.10008.5.1.4.1.1.2.1")!
    public static let legacyConvertedEnhancedCTImageStorage = SOPClassUID("1.2.840.10008.5.1.4.1.1.2.2")!
    public static let mrImageStorage = SOPClassUID("1.2.840.10008.5.1.4.1.1.4")!
    public static let enhancedMRImageStorage = SOPClassUID("1.2.840.10008.5.1.4.1.1.4.1")!
    public static let legacyConvertedEnhancedMRImageStorage = SOPClassUID("1.2.840.10008.5.1.4.1.1.4.4")!
    public static let secondaryCaptureImageStorage = SOPClassUID("1.2.840.10008.5.1.4.1.1.7")!
    public static let multiframeSingleBitSecondaryCaptureImageStorage = SOPClassUID("1.2.840.10008.5.1.4.1.1.7.1")!
    public static let multiframeGrayscaleByteSecondaryCaptureImageStorage = SOPClassUID("1.2.840.10008.5.1.4.1.1.7.2")!
    public static let multiframeGrayscaleWordSecondaryCaptureImageStorage = SOPClassUID("1.2.840.10008.5.1.4.1.1.7.3")!
    public static let multiframeTrueColorSecondaryCaptureImageStorage = SOPClassUID("1.2.840.10008.5.1.4.1.1.7.4")!
    public static let segmentationStorage = SOPClassUID("1.2.840.10008.5.1.4.1.1.66.4")!
    public static let labelMapSegmentationStorage = SOPClassUID("1.2.840.10008.5.1.4.1.1.66.7")!
    public static let basicTextSRStorage = SOPClassUID("1.2.840.10008.5.1.4.1.1.88.11")!
    public static let enhancedSRStorage = SOPClassUID("1.2.840.10008.5.1.4.1.1.88.22")!
    public static let comprehensiveSRStorage = SOPClassUID("1.2.840.10008.5.1.4.1.1.88.33")!
    public static let comprehensive3DSRStorage = SOPClassUID("1.2.840.10008.5.1.4.1.1.88.34")!
    public static let extensibleSRStorage = SOPClassUID("1.2.840.10008.5.1.4.1.1.88.35")!
    public static let chestCADSRStorage = SOPClassUID("1.2.840.10008.5.1.4.1.1.88.65")!
    public static let positronEmissionTomographyImageStorage = SOPClassUID("1.2.840.10008.5.1.4.1.1.128")!
    public static let legacyConvertedEnhancedPETImageStorage = SOPClassUID("1.2.840.10008.5.1.4.1.1.128.1")!
    public static let enhancedPETImageStorage = SOPClassUID("1.2.840.10008.5.1.4.1.1.130")!
}
