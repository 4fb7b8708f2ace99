public import Archive

/// The way out to a destination; `Node` has one over DICOM associations.
public protocol InstanceSending: Sendable {
    /// Sends objects in order over one association, blocking, and reports each one's outcome as soon as it is known.
    ///
    /// Reports exactly one outcome for every delivery, whatever happens.
    func send(
        _ deliveries: [DeliveryRecord], to destination: Destination, report: (DeliveryRecord, DeliveryOutcome) -> Void)
}
