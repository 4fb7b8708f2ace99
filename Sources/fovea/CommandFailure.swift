/// A command that ends with a message for the user.
struct CommandFailure: Error {
    enum Code: Int32 {
        /// Something failed.
        case failed = 1
        /// What was asked for cannot be.
        case usage = 2
    }

    let code: Code
    let message: String

    init(_ message: String, code: Code = .failed) {
        self.code = code
        self.message = message
    }
}
