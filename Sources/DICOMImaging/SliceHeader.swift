package import DICOMCore

/// What assembly needs to know of one image plane: a single-frame instance, or one frame of a multi-frame instance.
///
/// Decimal strings stay as they are in the file, since results quote them; absent attributes are nil or empty.
package struct SliceHeader: Sendable {
    /// The index of the file among those given, and the frame in it, counted from 0.
    package var fileIndex = 0
    package var frameIndex = 0
    package var isMultiFrame = false

    package var sopClassUID: SOPClassUID?
    package var sopInstanceUID: SOPInstanceUID?
    package var seriesInstanceUID: SeriesInstanceUID?
    package var studyInstanceUID: StudyInstanceUID?
    package var frameOfReferenceUID: FrameOfReferenceUID?
    /// PatientID, name and birth date joined; only ever compared, never shown.
    package var patientIdentity = ""
    package var modality = ""
    package var imageType: [String] = []
    package var hasBurnedInAnnotation = false
    package var instanceNumber: Int?
    /// Values of the attributes that may tell apart images at the same position.
    package var stackKeys: [StackAttribute: String] = [:]

    package var imagePositionPatient: [String] = []
    package var imageOrientationPatient: [String] = []
    package var pixelSpacing: [String] = []
    package var rows = 0
    package var columns = 0

    package var samplesPerPixel = 1
    package var photometricInterpretation = "MONOCHROME2"
    package var bitsAllocated = 16
    package var bitsStored = 16
    package var highBit = 15
    package var rescaleSlope: Double?
    package var rescaleIntercept: Double?
    package var rescaleType: String?
    package var hasModalityLUT = false
    package var hasPhilipsScaling = false
    /// PixelPaddingValue and PixelPaddingRangeLimit in the domain of stored values (PS3.3 §C.7.5.1.1.2).
    package var pixelPaddingValue: Int?
    package var pixelPaddingRangeLimit: Int?
    package var isLossy = false
    /// Units (0054,1001) of PET.
    package var units: String?

    package init() {}
}

/// The attributes that may tell apart several images at one position, in the order in which they are tried.
package enum StackAttribute: String, CaseIterable, Sendable {
    case stackID = "StackID"
    case temporalPosition = "TemporalPositionIdentifier"
    case acquisitionNumber = "AcquisitionNumber"
    case echoTime = "EchoTime"
    case echoNumbers = "EchoNumbers"
    case triggerTime = "TriggerTime"
    case diffusionBValue = "DiffusionBValue"
    case diffusionGradient = "DiffusionGradientOrientation"
    case imageType = "ImageType"
    case convolutionKernel = "ConvolutionKernel"
    case contentTime = "ContentTime"
}
