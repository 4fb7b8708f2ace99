import CDCMTK
import DICOMCore

/// A data set (PS3.5 §7): the one of an open file, one being built, or an item of a sequence in either.
///
/// A reference: items share the root's memory and keep it alive. An item becomes invalid when its sequence is replaced.
/// Belongs to one thread at a time, also for reading.
public final class DataSet {
    let handle: OpaquePointer
    /// Keeps the root alive.
    private let owner: Owner
    /// Not an item of a sequence.
    let isRoot: Bool

    /// An empty data set, to be built.
    /// - Throws: `.notInitialized` where DCMTK's data dictionary is missing.
    public init() throws(DICOMFileError) {
        try Self.initializeShim()
        guard let handle = dcx_dataset_create() else {
            throw DICOMFileError(.outOfMemory, cause: "no memory for a data set")
        }
        self.handle = handle
        self.owner = BuiltRoot(handle)
        self.isRoot = true
    }

    /// A root or an item that belongs to `owner`.
    init(_ handle: OpaquePointer, owner: Owner, isRoot: Bool) {
        self.handle = handle
        self.owner = owner
        self.isRoot = isRoot
    }

    /// An item of one of this data set's sequences.
    func item(_ handle: OpaquePointer) -> DataSet { DataSet(handle, owner: owner, isRoot: false) }

    static func initializeShim() throws(DICOMFileError) {
        try DICOMFileError.check { dcx_initialize($0) }
    }

    /// What frees the memory of a root.
    class Owner {}

    private final class BuiltRoot: Owner {
        private let handle: OpaquePointer

        init(_ handle: OpaquePointer) { self.handle = handle }

        deinit { dcx_dataset_destroy(handle) }
    }
}

extension Tag {
    var shim: dcx_tag { dcx_tag(group: group, element: element) }
}
