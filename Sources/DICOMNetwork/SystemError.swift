import DICOMCore
import Glibc

/// A failed system call.
struct SystemError: Error, CustomStringConvertible {
    let number: Int32

    static var last: SystemError { SystemError(number: errno) }

    var description: String { String(cString: strerror(number)) }

    /// What a sender is told: it may try again where room or descriptors are short; the rest is our own fault.
    var status: DIMSEStatus {
        [ENOSPC, EDQUOT, EROFS, EMFILE, ENFILE, ENOMEM, EFBIG, EIO].contains(number) ? .outOfResources : .processingFailure
    }
}
