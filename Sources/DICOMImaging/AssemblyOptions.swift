/// What the configuration may relax or tighten when series are assembled.
public struct AssemblyOptions: Hashable, Sendable {
    /// Fewer slices are refused (`VOL-E08`).
    public var minimumSlices = 10
    /// A shorter stack, from the first to the last slice position, is refused (`VOL-E08`).
    public var minimumExtentMM = 20.0
    /// Accepts one gap of one missing slice and interpolates it (`VOL-W12`) instead of refusing (`VOL-E02`).
    public var interpolatesOneMissingSlice = false
    /// Refuses lossy compressed sources instead of noting it (`VOL-W09`).
    public var refusesLossySource = false
    /// Refuses series without a frame of reference, for which no SEG can be written (`VOL-E05`).
    public var refusesMissingFrameOfReference = false
    /// Which of several stacks at the same positions is processed (echoes, phases, b-values).
    public var preferredStack = PreferredStack.first

    public init() {}

    /// The order is that of the values of the attribute that tells the stacks apart.
    public enum PreferredStack: String, Sendable, Codable {
        case first, last
    }
}
