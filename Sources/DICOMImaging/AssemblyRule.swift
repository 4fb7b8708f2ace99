/// The decision about a series: the rules below, in order, each with the codes that it may give.
///
/// The codes not found here come from the pixels: `undecodable`, `unusableModalityLUT`, `implausibleAir`
/// (`SeriesAssembler`).
package struct AssemblyRule: Sendable {
    package let codes: [AssemblyCode]
    let apply: @Sendable (inout CandidateStack) throws(AssemblyRefusal) -> Void

    package static let all: [AssemblyRule] = [
        AssemblyRule(codes: [.noImages], apply: keepImages),
        AssemblyRule(codes: [.missingUIDs], apply: requireUIDs),
        AssemblyRule(codes: [.inconsistentIdentity], apply: requireOneIdentity),
        AssemblyRule(codes: [.derivedImages, .onlyLocalizers, .localizersIgnored], apply: dropScoutsAndDerived),
        AssemblyRule(codes: [.notGreyscale, .monochrome1, .shiftedBits], apply: checkPixelFormat),
        AssemblyRule(codes: [.notHounsfield, .modalityLUT, .rescalePerSlice, .displayScaling], apply: checkRescale),
        AssemblyRule(codes: [.lossySource, .multiFrame], apply: checkSource),
        AssemblyRule(codes: [.missingGeometry, .skewedOrientation, .renormalizedOrientation], apply: readPlanes),
        AssemblyRule(codes: [.missingFrameOfReference, .severalFramesOfReference], apply: chooseFrameOfReference),
        AssemblyRule(codes: [.severalOrientations], apply: chooseOrientation),
        AssemblyRule(codes: [.mixedMatrix], apply: requireOneMatrix),
        AssemblyRule(codes: [.duplicateSlices, .inseparableDuplicates, .severalStacks], apply: separateDuplicates),
        AssemblyRule(codes: [.tooFewSlices], apply: requireCoverage),
        AssemblyRule(codes: [.gantryTilt], apply: measureShear),
        AssemblyRule(codes: [.missingSlices, .missingSliceInterpolated], apply: findMissingSlices),
        AssemblyRule(codes: [.spacingJitter, .variableSpacing, .unevenSpacing], apply: judgeSpacing),
    ]

    /// Decides about a series from the headers of its images alone.
    ///
    /// - Returns: the slices to read, sorted along the normal, and how they lie.
    /// - Throws: the first refusal; see `AssemblyCode`.
    package static func decide(_ stack: CandidateStack) throws(AssemblyRefusal) -> CandidateStack {
        var stack = stack
        for rule in all { try rule.apply(&stack) }
        return stack
    }
}
