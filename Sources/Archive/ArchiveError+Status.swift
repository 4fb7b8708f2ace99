public import DICOMCore

extension ArchiveError {
    /// The response that a C-STORE gets when storing failed in this way (PS3.4 §B.2.3, PS3.7 Annex C).
    ///
    /// Out of resources where the sender may come again, mismatch and "cannot understand" where it need not,
    /// processing failure for everything that is our own fault.
    public var status: DIMSEStatus {
        switch code {
        case .outOfSpace, .readOnly: .outOfResources
        case .mismatch: .dataSetDoesNotMatchSOPClass
        case .unreadable: .cannotUnderstand
        case .damagedDatabase, .newerSchema, .olderSchema, .inUse, .networkFileSystem, .notFound, .illegalTransition,
            .internal:
            .processingFailure
        }
    }
}
