import DICOMCore

/// The command fields of PS3.7 Annex E that this node knows.
enum CommandField: UInt16 {
    case storeRequest = 0x0001
    case storeResponse = 0x8001
    case echoRequest = 0x0030
    case echoResponse = 0x8030
    case cancelRequest = 0x0FFF

    /// The bit that makes a response of a request.
    static let responseBit: UInt16 = 0x8000
}

/// A message of the DIMSE services as far as this node reads them (PS3.7 §9.3).
struct DIMSEMessage: Equatable {
    /// Command Data Set Type for "no data set" (PS3.7 Annex E); every other value means that one follows.
    static let noDataSet: UInt16 = 0x0101
    /// Any value but `noDataSet`.
    static let dataSetFollows: UInt16 = 0x0001
    static let mediumPriority: UInt16 = 0x0000

    let contextID: UInt8
    var command: CommandSet

    var commandField: UInt16 { command[number: .commandField] ?? 0 }
    var messageID: UInt16 { command[number: .messageID] ?? 0 }
    var hasDataSet: Bool { command[number: .dataSetType] != Self.noDataSet }
    var isRequest: Bool { commandField & CommandField.responseBit == 0 }

    /// C-ECHO-RQ (PS3.7 §9.3.5.1).
    static func echoRequest(contextID: UInt8, messageID: UInt16) -> DIMSEMessage {
        var command = request(.echoRequest, messageID, SOPClassUID.verification, dataSetType: noDataSet)
        command[number: .priority] = nil
        return DIMSEMessage(contextID: contextID, command: command)
    }

    /// C-STORE-RQ (PS3.7 §9.3.1.1).
    static func storeRequest(contextID: UInt8, messageID: UInt16, object: StoredObject) -> DIMSEMessage {
        var command = request(.storeRequest, messageID, object.context.sopClassUID, dataSetType: dataSetFollows)
        command[uid: .affectedSOPInstanceUID] = object.sopInstanceUID.rawValue
        return DIMSEMessage(contextID: contextID, command: command)
    }

    private static func request(
        _ field: CommandField, _ messageID: UInt16, _ sopClassUID: SOPClassUID, dataSetType: UInt16
    ) -> CommandSet {
        var command = CommandSet()
        command[uid: .affectedSOPClassUID] = sopClassUID.rawValue
        command[number: .commandField] = field.rawValue
        command[number: .messageID] = messageID
        command[number: .priority] = mediumPriority
        command[number: .dataSetType] = dataSetType
        return command
    }

    /// The response to this request, of whatever service: the UIDs are given back as they came.
    func response(_ status: DIMSEStatus) -> DIMSEMessage {
        var response = CommandSet()
        response.copy(.affectedSOPClassUID, from: command)
        response.copy(.affectedSOPInstanceUID, from: command)
        response[number: .commandField] = commandField | CommandField.responseBit
        response[number: .messageIDBeingRespondedTo] = messageID
        response[number: .dataSetType] = Self.noDataSet
        response[number: .status] = status.rawValue
        return DIMSEMessage(contextID: contextID, command: response)
    }
}
