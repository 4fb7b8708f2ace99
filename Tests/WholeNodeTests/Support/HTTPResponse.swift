import Foundation

/// What a server on loopback answers to a plain HTTP request.
struct HTTPResponse {
    let status: Int
    /// The status line and the header fields.
    let head: String
    let body: String

    static func get(_ path: String, method: String = "GET", port: Int) throws -> HTTPResponse {
        let descriptor = try Loopback.connect(to: port)
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        let request = "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        Loopback.send(Array(request.utf8), to: descriptor)
        return HTTPResponse(String(decoding: try handle.readToEnd() ?? Data(), as: UTF8.self))
    }

    private init(_ text: String) {
        let parts = text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
        head = "\(parts[0])\r\n"
        body = parts.count > 1 ? String(parts[1]) : ""
        status = head.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    }

    /// The samples of Prometheus' text format, by name and labels.
    var samples: [String: Double] {
        let lines = body.split(separator: "\n").filter { !$0.hasPrefix("#") }
        let pairs = lines.compactMap { line -> (String, Double)? in
            guard let space = line.lastIndex(of: " "), let value = Double(line[line.index(after: space)...]) else {
                return nil
            }
            return (String(line[..<space]), value)
        }
        return Dictionary(pairs, uniquingKeysWith: { $1 })
    }
}
