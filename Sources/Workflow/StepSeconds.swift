/// The durations of a run's steps as a JSON object: `{"assemble": 0.41, ...}`; a step that ran twice is summed.
public struct StepSeconds: Sendable, Hashable, Encodable {
    public let seconds: [String: Double]

    public init(_ steps: [StepDuration]) {
        seconds = Dictionary(steps.map { ($0.step, $0.seconds) }, uniquingKeysWith: +)
    }

    public func encode(to encoder: any Encoder) throws { try seconds.encode(to: encoder) }
}
