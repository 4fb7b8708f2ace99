import DICOMCore
import DICOMNetwork
import Glibc
import Testing

@Suite struct PeerAddressTests {
    @Test("AET@HOST:PORT is read, with everything that an AE title may hold")
    func valid() {
        let address = PeerAddress("MY PACS@10.0.0.1:4242")
        #expect(address?.aeTitle.rawValue == "MY PACS")
        #expect(address?.host == "10.0.0.1")
        #expect(address?.port == 4242)
        #expect(address?.description == "MY PACS@10.0.0.1:4242")
        #expect(PeerAddress("A@B@pacs.example.org:104")?.aeTitle.rawValue == "A@B")
    }

    @Test(
        "anything else is refused",
        arguments: [
            "", "PACS", "PACS@host", "@host:104", "PACS@:104", "PACS@host:", "PACS@host:0", "PACS@host:65536",
            "PACS@host:x", "host:104", "AETITLETHATISTOOLONG@host:104", "PACS@a b:104", "PACS@::1:104", "PACS:104@host",
        ])
    func invalid(text: String) { #expect(PeerAddress(text) == nil) }
}

@Suite struct AssociationRejectionTests {
    @Test(
        "numbers and words of PS3.8 table 9-21",
        arguments: [
            (AssociationRejection.noReasonGiven, 1, 1, 1, "no reason given", false),
            (.applicationContextNameNotSupported, 1, 1, 2, "application context name not supported", false),
            (.callingAETitleNotRecognized, 1, 1, 3, "calling AE title not recognized", false),
            (.calledAETitleNotRecognized, 1, 1, 7, "called AE title not recognized", false),
            (.temporaryCongestion, 2, 3, 1, "temporary congestion", true),
            (.localLimitExceeded, 2, 3, 2, "local limit exceeded", true),
        ])
    func table(
        _ rejection: AssociationRejection, _ result: UInt8, _ source: UInt8, _ reason: UInt8, _ words: String,
        _ isTransient: Bool
    ) {
        #expect(rejection.result.rawValue == result)
        #expect(rejection.source.rawValue == source)
        #expect(rejection.reason == reason)
        #expect(rejection.description.hasSuffix(words))
        #expect(NetworkError(.rejected(rejection), "").isTransient == isTransient)
    }
}

@Suite struct NetworkErrorTests {
    @Test(
        "what may be tried again",
        arguments: [
            (NetworkError.Code.connectionRefused, true), (.unknownHost, true), (.timeout, true), (.aborted, true),
            (.connectionLost, true), (.noAcceptedContext, false), (.unreadableFile, false), (.protocolViolation, false),
            (.cannotListen, false), (.internalFailure, false),
        ])
    func transience(code: NetworkError.Code, isTransient: Bool) {
        #expect(NetworkError(code, "").isTransient == isTransient)
    }
}

@Suite struct SystemErrorTests {
    @Test("no room is told as out of resources, everything else as our own failure")
    func statuses() {
        for number in [ENOSPC, EDQUOT, EROFS, EMFILE, ENFILE, ENOMEM, EFBIG, EIO] {
            #expect(SystemError(number: number).status == .outOfResources)
        }
        for number in [ENOENT, EACCES, EEXIST, ENOTDIR, EINVAL] {
            #expect(SystemError(number: number).status == .processingFailure)
        }
    }
}
