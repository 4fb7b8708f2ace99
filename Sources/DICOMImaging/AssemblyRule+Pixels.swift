import DICOMCore

/// What the pixel values are.
extension AssemblyRule {
    static func checkPixelFormat(_ stack: inout CandidateStack) throws(AssemblyRefusal) {
        for header in stack.headers {
            if let reason = header.reasonNotGreyscale {
                throw stack.refusal(AssemblyMessage(.notGreyscale, reason))
            }
        }
        if stack.headers.contains(where: { $0.photometricInterpretation == "MONOCHROME1" }) {
            stack.note(AssemblyMessage(.monochrome1))
        }
        if stack.headers.contains(where: { $0.highBit != $0.bitsStored - 1 }) {
            stack.note(AssemblyMessage(.shiftedBits))
        }
    }

    static func checkRescale(_ stack: inout CandidateStack) throws(AssemblyRefusal) {
        for header in stack.headers {
            if let reason = header.reasonNotHounsfield {
                throw stack.refusal(AssemblyMessage(.notHounsfield, reason))
            }
        }
        if stack.headers.contains(where: \.hasModalityLUT) { stack.note(AssemblyMessage(.modalityLUT)) }
        let rescales = Set(stack.headers.map { [$0.rescaleSlope, $0.rescaleIntercept] })
        if rescales.count > 1 { stack.note(AssemblyMessage(.rescalePerSlice)) }
        if stack.headers.contains(where: \.hasPhilipsScaling) { stack.note(AssemblyMessage(.displayScaling)) }
    }

    static func checkSource(_ stack: inout CandidateStack) throws(AssemblyRefusal) {
        if stack.headers.contains(where: \.isLossy) {
            let message = AssemblyMessage(.lossySource)
            if stack.options.refusesLossySource { throw stack.refusal(message) }
            stack.note(message)
        }
        if stack.headers.contains(where: \.isMultiFrame) { stack.note(AssemblyMessage(.multiFrame)) }
    }
}

extension SliceHeader {
    fileprivate var reasonNotGreyscale: String? {
        if samplesPerPixel != 1 { return "\(samplesPerPixel) samples per pixel" }
        if !photometricInterpretation.hasPrefix("MONOCHROME") { return photometricInterpretation }
        if bitsAllocated != 8 && bitsAllocated != 16 { return "\(bitsAllocated) bits allocated" }
        if !(1...bitsAllocated).contains(bitsStored) || !(bitsStored - 1..<bitsAllocated).contains(highBit) {
            return "bits stored \(bitsStored), high bit \(highBit)"
        }
        return nil
    }

    /// Nil for what is not CT. An absent RescaleType means HU (PS3.3 §C.11.1.1.2); many scanners omit it.
    fileprivate var reasonNotHounsfield: String? {
        guard isCT else { return nil }
        if hasModalityLUT { return "modality LUT" }
        if rescaleSlope == nil || rescaleIntercept == nil { return "no rescale slope and intercept" }
        // Conversion to a legacy enhanced object writes US (unspecified) where the original said nothing.
        let allowed = sopClassUID == .legacyConvertedEnhancedCTImageStorage ? ["HU", "US"] : ["HU"]
        if let rescaleType, !allowed.contains(rescaleType) { return "rescale type \(rescaleType)" }
        return nil
    }
}
