import DICOMCore
import DICOMFile

extension SliceHeader {
    /// The planes of a file: one, or one for each frame of an enhanced (or legacy converted) object.
    static func read(_ file: DICOMFile, fileIndex: Int) -> [SliceHeader] {
        let dataSet = file.dataSet
        var common = SliceHeader(dataSet, isLossySyntax: TransferSyntax(file.transferSyntax)?.isLossy ?? false)
        common.fileIndex = fileIndex
        let frames = dataSet.items(.perFrameFunctionalGroupsSequence)
        guard !frames.isEmpty else { return [common] }
        common.isMultiFrame = true
        if let shared = dataSet.items(.sharedFunctionalGroupsSequence).first { common.apply(shared) }
        return frames.enumerated().map { index, groups in
            var header = common
            header.frameIndex = index
            header.apply(groups)
            return header
        }
    }

    private init(_ dataSet: DataSet, isLossySyntax: Bool) {
        readIdentity(dataSet)
        readPixelFormat(dataSet)
        readStackKeys(dataSet)
        modality = dataSet.string(.modality) ?? ""
        imageType = dataSet.strings(.imageType).map { $0.uppercased() }
        hasBurnedInAnnotation = dataSet.string(.burnedInAnnotation) == "YES"
        instanceNumber = dataSet.int(.instanceNumber)
        imagePositionPatient = dataSet.strings(.imagePositionPatient)
        imageOrientationPatient = dataSet.strings(.imageOrientationPatient)
        pixelSpacing = dataSet.strings(.pixelSpacing)
        isLossy = isLossySyntax || dataSet.string(.lossyImageCompression) == "01"
        units = dataSet.string(.units)
        readRescale(dataSet)
    }

    private mutating func readIdentity(_ dataSet: DataSet) {
        sopClassUID = dataSet.uid(.sopClassUID)
        sopInstanceUID = dataSet.uid(.sopInstanceUID)
        seriesInstanceUID = dataSet.uid(.seriesInstanceUID)
        studyInstanceUID = dataSet.uid(.studyInstanceUID)
        frameOfReferenceUID = dataSet.uid(.frameOfReferenceUID)
        patientIdentity = [Tag.patientID, .patientName, .patientBirthDate]
            .map { dataSet.string($0) ?? "" }.joined(separator: "\n")
    }

    private mutating func readPixelFormat(_ dataSet: DataSet) {
        rows = dataSet.int(.rows) ?? 0
        columns = dataSet.int(.columns) ?? 0
        samplesPerPixel = dataSet.int(.samplesPerPixel) ?? 1
        photometricInterpretation = dataSet.string(.photometricInterpretation) ?? "MONOCHROME2"
        bitsAllocated = dataSet.int(.bitsAllocated) ?? 0
        bitsStored = dataSet.int(.bitsStored) ?? 0
        highBit = dataSet.int(.highBit) ?? 0
    }

    private mutating func readRescale(_ dataSet: DataSet) {
        rescaleSlope = dataSet.double(.rescaleSlope) ?? rescaleSlope
        rescaleIntercept = dataSet.double(.rescaleIntercept) ?? rescaleIntercept
        rescaleType = dataSet.string(.rescaleType)?.uppercased() ?? rescaleType
        hasModalityLUT = hasModalityLUT || !dataSet.items(.modalityLUTSequence).isEmpty
        hasPhilipsScaling = hasPhilipsScaling || dataSet.contains(Tag(0x2005, 0x100E))
    }

    private mutating func readStackKeys(_ dataSet: DataSet) {
        let tags: [(StackAttribute, Tag)] = [
            (.temporalPosition, .temporalPositionIdentifier), (.acquisitionNumber, .acquisitionNumber),
            (.echoTime, .echoTime), (.echoNumbers, .echoNumbers), (.triggerTime, .triggerTime),
            (.imageType, .imageType), (.convolutionKernel, .convolutionKernel), (.contentTime, .contentTime),
        ]
        for (attribute, tag) in tags { stackKeys[attribute] = dataSet.string(tag) }
        readDiffusion(dataSet)
    }

    private mutating func readDiffusion(_ dataSet: DataSet) {
        stackKeys[.diffusionBValue] = dataSet.double(.diffusionBValue).map { "\($0)" } ?? stackKeys[.diffusionBValue]
        let gradient = dataSet.doubles(.diffusionGradientOrientation)
        if !gradient.isEmpty { stackKeys[.diffusionGradient] = gradient.map { "\($0)" }.joined(separator: "\\") }
    }

    /// Takes over what functional groups say, shared ones first, then those of the frame (PS3.3 §C.7.6.16).
    private mutating func apply(_ groups: DataSet) {
        if let plane = groups.items(.planePositionSequence).first {
            imagePositionPatient = plane.strings(.imagePositionPatient)
        }
        if let orientation = groups.items(.planeOrientationSequence).first {
            imageOrientationPatient = orientation.strings(.imageOrientationPatient)
        }
        if let measures = groups.items(.pixelMeasuresSequence).first {
            pixelSpacing = measures.strings(.pixelSpacing)
        }
        if let transformation = groups.items(.pixelValueTransformationSequence).first { readRescale(transformation) }
        applyFrameContent(groups)
        applyConvertedAttributes(groups)
    }

    private mutating func applyFrameContent(_ groups: DataSet) {
        if let content = groups.items(.frameContentSequence).first {
            stackKeys[.stackID] = content.string(.stackID)
            stackKeys[.temporalPosition] = content.int(.temporalPositionIndex).map { "\($0)" }
            stackKeys[.acquisitionNumber] = content.int(.frameAcquisitionNumber).map { "\($0)" }
        }
        for tag in [Tag.ctImageFrameTypeSequence, .mrImageFrameTypeSequence] {
            guard let type = groups.items(tag).first?.strings(.frameType), !type.isEmpty else { continue }
            imageType = type.map { $0.uppercased() }
            stackKeys[.imageType] = type.joined(separator: "\\")
        }
        if let echo = groups.items(.mrEchoSequence).first?.double(.effectiveEchoTime) {
            stackKeys[.echoTime] = "\(echo)"
        }
        if let diffusion = groups.items(.mrDiffusionSequence).first {
            readDiffusion(diffusion)
            if let direction = diffusion.items(.diffusionGradientDirectionSequence).first { readDiffusion(direction) }
        }
    }

    /// What legacy conversion could not place elsewhere (PS3.3 §C.7.6.16.2.25).
    private mutating func applyConvertedAttributes(_ groups: DataSet) {
        for tag in [Tag.unassignedSharedConvertedAttributesSequence, .unassignedPerFrameConvertedAttributesSequence] {
            guard let converted = groups.items(tag).first else { continue }
            for (attribute, tag) in [(StackAttribute.echoTime, Tag.echoTime), (.triggerTime, .triggerTime)] {
                stackKeys[attribute] = converted.string(tag) ?? stackKeys[attribute]
            }
        }
    }
}
