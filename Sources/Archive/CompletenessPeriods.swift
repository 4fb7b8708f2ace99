public import DICOMCore

/// When a series counts as complete if nothing else tells.
public struct CompletenessPeriods: Sendable, Equatable {
    /// Silence after the last instance.
    public var quietSeconds: Double
    /// Silence for particular senders.
    public var quietSecondsByCallingAE: [AETitle: Double]
    /// After the first instance, however slowly the others come.
    public var deadlineSeconds: Double

    public init(
        quietSeconds: Double = 5, quietSecondsByCallingAE: [AETitle: Double] = [:], deadlineSeconds: Double = 600
    ) {
        self.quietSeconds = quietSeconds
        self.quietSecondsByCallingAE = quietSecondsByCallingAE
        self.deadlineSeconds = deadlineSeconds
    }

    func quietSeconds(for callingAETitle: AETitle) -> Double {
        quietSecondsByCallingAE[callingAETitle] ?? quietSeconds
    }
}
