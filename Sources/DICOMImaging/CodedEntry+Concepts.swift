import DICOMCore

/// The concepts that results are written with (PS3.16 Annexes B and D), checked against the context groups of PS3.16.
///
/// Codes of organs and findings come with the models.
extension CodedEntry {
    // Segmentations (CID 7203, 7202, 7162).
    static let segmentation = CodedEntry("113076", "DCM", "Segmentation")
    static let sourceImageForProcessing = CodedEntry("121322", "DCM", "Source image for image processing operation")

    // TID 1500, 1204, 1001, 1004: the report and its observer.
    static let imagingMeasurementReport = CodedEntry("126000", "DCM", "Imaging Measurement Report")
    static let language = CodedEntry("121049", "DCM", "Language of Content Item and Descendants")
    static let englishOfTheUnitedStates = CodedEntry("en-US", "RFC5646", "English (United States)")
    static let observerType = CodedEntry("121005", "DCM", "Observer Type")
    static let device = CodedEntry("121007", "DCM", "Device")
    static let deviceObserverUID = CodedEntry("121012", "DCM", "Device Observer UID")
    static let deviceObserverName = CodedEntry("121013", "DCM", "Device Observer Name")
    static let deviceObserverManufacturer = CodedEntry("121014", "DCM", "Device Observer Manufacturer")
    static let deviceObserverModelName = CodedEntry("121015", "DCM", "Device Observer Model Name")
    static let deviceObserverSerialNumber = CodedEntry("121016", "DCM", "Device Observer Serial Number")
    static let procedureReported = CodedEntry("121058", "DCM", "Procedure reported")
    static let imagingMeasurements = CodedEntry("126010", "DCM", "Imaging Measurements")
    static let qualitativeEvaluations = CodedEntry("C0034375", "UMLS", "Qualitative Evaluations")
    static let processingSummary = CodedEntry("111017", "DCM", "CAD Processing and Findings Summary")
    static let processingOutcome = CodedEntry("OUTCOME", privateScheme, "Processing outcome")
    static let comment = CodedEntry("121106", "DCM", "Comment")

    // TID 1600 to 1604: the image library.
    static let imageLibrary = CodedEntry("111028", "DCM", "Image Library")
    static let imageLibraryGroup = CodedEntry("126200", "DCM", "Image Library Group")
    static let modality = CodedEntry("121139", "DCM", "Modality")
    static let frameOfReferenceUID = CodedEntry("112227", "DCM", "Frame of Reference UID")
    static let pixelDataRows = CodedEntry("110910", "DCM", "Pixel Data Rows")
    static let pixelDataColumns = CodedEntry("110911", "DCM", "Pixel Data Columns")
    static let horizontalPixelSpacing = CodedEntry("111026", "DCM", "Horizontal Pixel Spacing")
    static let verticalPixelSpacing = CodedEntry("111066", "DCM", "Vertical Pixel Spacing")
    static let spacingBetweenSlices = CodedEntry("112226", "DCM", "Spacing between slices")

    // TID 1411, 1419, 4019: a finding and its measurements.
    static let measurementGroup = CodedEntry("125007", "DCM", "Measurement Group")
    static let trackingIdentifier = CodedEntry("112039", "DCM", "Tracking Identifier")
    static let trackingUniqueIdentifier = CodedEntry("112040", "DCM", "Tracking Unique Identifier")
    static let finding = CodedEntry("121071", "DCM", "Finding")
    static let findingSite = CodedEntry("363698007", "SCT", "Finding Site")
    static let laterality = CodedEntry("272741003", "SCT", "Laterality")
    static let referencedSegment = CodedEntry("121191", "DCM", "Referenced Segment")
    static let sourceSeriesForSegmentation = CodedEntry("121232", "DCM", "Source series for segmentation")
    static let bestIllustrationOfFinding = CodedEntry("121080", "DCM", "Best illustration of finding")
    static let volume = CodedEntry("118565006", "SCT", "Volume")
    static let longAxis = CodedEntry("103339001", "SCT", "Long axis")
    static let attenuationCoefficient = CodedEntry("112031", "DCM", "Attenuation Coefficient")
    static let signalIntensity = CodedEntry("110852", "DCM", "MR signal intensity")
    static let tomographicActivity = CodedEntry("110821", "DCM", "Nuclear Medicine Tomographic Activity")
    static let imageIntensity = CodedEntry("INTENSITY", privateScheme, "Image intensity")
    static let uncalibratedScore = CodedEntry("SCORE", privateScheme, "Uncalibrated network score")
    static let derivation = CodedEntry("121401", "DCM", "Derivation")
    static let mean = CodedEntry("373098007", "SCT", "Mean")
    static let standardDeviation = CodedEntry("386136009", "SCT", "Standard Deviation")
    static let minimum = CodedEntry("255605001", "SCT", "Minimum")
    static let maximum = CodedEntry("56851009", "SCT", "Maximum")
    static let algorithmName = CodedEntry("111001", "DCM", "Algorithm Name")
    static let algorithmVersion = CodedEntry("111003", "DCM", "Algorithm Version")
    static let algorithmParameters = CodedEntry("111002", "DCM", "Algorithm Parameters")

    // Units (CID 7181).
    static let millilitre = CodedEntry("mL", "UCUM", "mL")
    static let millimetre = CodedEntry("mm", "UCUM", "mm")
    static let hounsfieldUnit = CodedEntry("[hnsf'U]", "UCUM", "Hounsfield unit")
    static let becquerelsPerMillilitre = CodedEntry("Bq/ml", "UCUM", "Becquerels/milliliter")
    static let noUnits = CodedEntry("1", "UCUM", "no units")
    static let pixels = CodedEntry("{pixels}", "UCUM", "pixels")

    /// The scheme of codes that the standard has no concept for; private schemes begin with 99 (PS3.16 §8.2).
    static let privateScheme = "99FOVEA"
}
