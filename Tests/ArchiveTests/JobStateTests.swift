import Archive
import Testing

@Suite("JobState")
struct JobStateTests {
    /// The queue's table, row by row; what is not named is illegal.
    static let table: [JobState: [JobEvent: JobState]] = [
        .waiting: [.due: .ready, .completed: .done, .cancelled: .cancelled],
        .ready: [.claimed: .running, .completed: .done, .cancelled: .cancelled],
        .running: [
            .released: .ready, .postponed: .waiting, .answered: .delivering, .completed: .done, .refused: .refused,
            .failed: .failed, .cancelled: .cancelled,
        ],
        .delivering: [.completed: .done, .refused: .refused, .failed: .failed, .cancelled: .cancelled],
        .done: [.retried: .ready, .redelivered: .delivering],
        .refused: [.retried: .ready, .redelivered: .delivering],
        .failed: [.retried: .ready, .redelivered: .delivering],
        .cancelled: [.retried: .ready, .redelivered: .delivering],
    ]

    static let cells = JobState.allCases.flatMap { state in JobEvent.allCases.map { (state, $0) } }

    @Test("every cell of the table, the illegal ones too", arguments: cells)
    func cell(state: JobState, event: JobEvent) {
        #expect(state.after(event) == Self.table[state]?[event])
    }

    @Test("final states are those that only a hand takes up again")
    func finalStates() {
        for state in JobState.allCases {
            let leaves = Set(Self.table[state, default: [:]].keys)
            #expect(state.isFinal == leaves.isSubset(of: [.retried, .redelivered]))
        }
    }
}
