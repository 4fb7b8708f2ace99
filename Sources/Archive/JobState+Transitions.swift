extension JobState {
    /// The one table of the queue: the state after an event, nil where the event is illegal.
    public func after(_ event: JobEvent) -> JobState? {
        switch (self, event) {
        case (.waiting, .due): .ready
        case (.ready, .claimed): .running
        case (.running, .released): .ready
        case (.running, .postponed): .waiting
        case (.running, .answered): .delivering
        case (.waiting, .completed), (.ready, .completed), (.running, .completed), (.delivering, .completed): .done
        case (.running, .refused), (.delivering, .refused): .refused
        case (.running, .failed), (.delivering, .failed): .failed
        case (.waiting, .cancelled), (.ready, .cancelled), (.running, .cancelled), (.delivering, .cancelled): .cancelled
        case (.done, .retried), (.refused, .retried), (.failed, .retried), (.cancelled, .retried): .ready
        case (.done, .redelivered), (.refused, .redelivered), (.failed, .redelivered), (.cancelled, .redelivered):
            .delivering
        default: nil
        }
    }
}
