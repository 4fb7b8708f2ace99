/// What became of an object. In each case its bytes are durable, so each is answered with success.
public enum StoreOutcome: Sendable, Equatable {
    case stored(InstanceID, SeriesID)
    /// The same bytes were there already; nothing was done.
    case duplicate(InstanceID)
    /// Kept apart from the index, since it contradicts what was there first.
    case quarantined(QuarantineReason)
}
