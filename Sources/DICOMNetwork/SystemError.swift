package import DICOMCore
import Glibc

/// A failed system call.
package struct SystemError: Error, CustomStringConvertible {
    let number: Int32

    package init(number: Int32) { self.number = number }

    static var last: SystemError { SystemError(number: errno) }

    package var description: String { String(cString: strerror(number)) }

    /// What a sender is told: it may try again where room or descriptors are short; the rest is our own fault.
    package var status: DIMSEStatus {
        let shortages = [ENOSPC, EDQUOT, EROFS, EMFILE, ENFILE, ENOMEM, EFBIG, EIO]
        return shortages.contains(number) ? .outOfResources : .processingFailure
    }
}
