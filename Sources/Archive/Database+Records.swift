import Foundation
import GRDB

/// Any decodable value as a row: the columns are named as its properties.
private struct Decoded<Value: Decodable>: FetchableRecord, Decodable {
    let value: Value

    init(from decoder: any Decoder) throws { value = try Value(from: decoder) }
}

extension Database {
    func all<Value: Decodable>(_ sql: String, _ arguments: StatementArguments = []) throws -> [Value] {
        try Decoded<Value>.fetchAll(cachedStatement(sql: sql), arguments: arguments).map(\.value)
    }

    func one<Value: Decodable>(_ sql: String, _ arguments: StatementArguments = []) throws -> Value? {
        try Decoded<Value>.fetchOne(cachedStatement(sql: sql), arguments: arguments)?.value
    }

    /// The first column of the first row.
    func number(_ sql: String, _ arguments: StatementArguments = []) throws -> Int64? {
        try Int64.fetchOne(cachedStatement(sql: sql), arguments: arguments)
    }

    /// - Returns: the number of rows that changed
    @discardableResult
    func run(_ sql: String, _ arguments: StatementArguments = []) throws -> Int {
        try cachedStatement(sql: sql).execute(arguments: arguments)
        return changesCount
    }

    /// - Returns: the number of the new row
    func insert<Record>(_ sql: String, _ arguments: StatementArguments) throws -> ArchiveID<Record> {
        try run(sql, arguments)
        return ArchiveID(rawValue: lastInsertedRowID)
    }
}

extension Date {
    /// Dates are stored as seconds since 1970 (UTC): exact, quick, and in order.
    var unix: Double { timeIntervalSince1970 }
}
