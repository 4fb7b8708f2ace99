#include "include/dcx_association.h"
#include "internal/connection.hpp"
#include "internal/guard.hpp"

#include "dcmtk/dcmnet/assoc.h"
#include "dcmtk/dcmnet/cond.h"
#include "dcmtk/dcmnet/dul.h"
#include "dcmtk/ofstd/ofstd.h"

#include <arpa/inet.h>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

namespace {

using namespace std::chrono_literals;

/// How long a peer has to close the connection after our last word.
constexpr auto farewell = 1s;
constexpr int backlog = 128;
/// Connecting takes at most this long; the same number as in dcx_initialize, where DCMTK gets it.
constexpr auto connecting = 10s;

/// An owned file descriptor.
struct Descriptor {
    int value = -1;

    explicit Descriptor(int descriptor) : value(descriptor) {}
    ~Descriptor() {
        if (value >= 0) {
            (void)close(value);
        }
    }
    Descriptor(const Descriptor &) = delete;
    Descriptor &operator=(const Descriptor &) = delete;
};

/// Becomes readable once and stays so.
struct Signal {
    Descriptor descriptor{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};

    void raise() const {
        const uint64_t one = 1;
        (void)!write(descriptor.value, &one, sizeof one);
    }
    bool isRaised() const {
        pollfd waiting = {descriptor.value, POLLIN, 0};
        return poll(&waiting, 1, 0) > 0;
    }
};

struct Network {
    T_ASC_Network *value = nullptr;
    dcx::TransportLayer layer;

    Network(T_ASC_NetworkRole role, int timeoutS) {
        dcx::check(ASC_initializeNetwork(role, 0, timeoutS, &value), DCX_IO);
        dcx::check(ASC_setTransportLayer(value, &layer, 0), DCX_INTERNAL);
    }
    ~Network() { (void)ASC_dropNetwork(&value); }
    Network(const Network &) = delete;
    Network &operator=(const Network &) = delete;
};

[[noreturn]] void throwErrno(const std::string &what) {
    throw dcx::Failure{DCX_IO, what + ": " + std::strerror(errno)};
}

template <size_t size> void copy(char (&target)[size], const char *source) {
    OFStandard::strlcpy(target, source == nullptr ? "" : source, size);
}

void setImplementation(T_ASC_Parameters *parameters, const std::string &classUID, const std::string &versionName) {
    copy(parameters->ourImplementationClassUID, classUID.c_str());
    copy(parameters->ourImplementationVersionName, versionName.c_str());
}

}  // namespace

struct dcx_listener {
    Network network;
    Signal stop;
    Signal interrupt;
    uint16_t port = 0;
    uint32_t maximumPDU;
    std::chrono::seconds associationTimeout;
    std::chrono::seconds transferTimeout;
    std::string implementationClassUID;
    std::string implementationVersionName;

    explicit dcx_listener(const dcx_listener_options &options)
        // DCMTK's own clock counts whole seconds; it shall not be ahead of the channel's.
        : network(NET_ACCEPTOR, static_cast<int>(options.association_timeout_s) + 1), maximumPDU(options.maximum_pdu),
          associationTimeout(options.association_timeout_s), transferTimeout(options.transfer_timeout_s),
          implementationClassUID(options.implementation_class_uid),
          implementationVersionName(options.implementation_version_name) {
        dcx::require(stop.descriptor.value >= 0 && interrupt.descriptor.value >= 0, DCX_IO, "no more file descriptors");
        listen(options.address, options.port);
    }

    int socket() const { return DUL_networkSocket(network.value->network); }

private:
    /// DCMTK binds to every address, and its socket blocks. On a port that nobody knows, it is replaced by ours.
    void listen(const char *address, uint16_t wantedPort) {
        const Descriptor own(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        sockaddr_in name{};
        name.sin_family = AF_INET;
        name.sin_port = htons(wantedPort);
        dcx::require(inet_pton(AF_INET, address, &name.sin_addr) == 1, DCX_BAD_VALUE, "not a numeric IPv4 address");
        const int yes = 1;
        (void)setsockopt(own.value, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        socklen_t length = sizeof name;
        if (own.value < 0 || bind(own.value, reinterpret_cast<sockaddr *>(&name), length) != 0 ||
            ::listen(own.value, backlog) != 0 ||
            getsockname(own.value, reinterpret_cast<sockaddr *>(&name), &length) != 0 ||
            dup3(own.value, socket(), O_CLOEXEC) < 0) {
            throwErrno("cannot listen");
        }
        port = ntohs(name.sin_port);
    }
};

struct dcx_association {
    T_ASC_Association *value = nullptr;
    std::shared_ptr<dcx::Channel> channel = std::make_shared<dcx::Channel>();
    /// Set for an acceptor; outlives its associations.
    const dcx_listener *listener = nullptr;
    /// Set for a requestor.
    std::unique_ptr<Network> network;
    std::chrono::seconds answerTimeout = farewell;

    dcx_association() = default;
    ~dcx_association() {
        if (value != nullptr) {
            (void)ASC_dropAssociation(value);
            (void)ASC_destroyAssociation(&value);
        }
    }
    dcx_association(const dcx_association &) = delete;
    dcx_association &operator=(const dcx_association &) = delete;

    void setDeadline(std::chrono::seconds limit) { channel->deadline = dcx::Clock::now() + limit; }
    bool isInterrupted() const { return listener != nullptr && listener->interrupt.isRaised(); }

    /// Waits until the peer has closed too, so that our last word is not lost in a reset.
    void closeAfterFarewell() {
        setDeadline(farewell);
        (void)ASC_dropSCPAssociation(value, static_cast<int>(farewell.count()));
    }
};

namespace {

/// Why no association request came out of a new connection.
dcx_event failedNegotiation(const dcx_association &association, const OFCondition &condition) {
    const dcx::Channel &channel = *association.channel;
    if (association.isInterrupted()) {
        return DCX_EVENT_STOPPED;
    }
    if (channel.receivedBytes >= 2 && channel.firstBytes[0] == 0x16 && channel.firstBytes[1] == 0x03) {
        return DCX_EVENT_TLS_HELLO;
    }
    if (channel.receivedBytes > 0 && channel.firstBytes[0] != 0x01) {
        return DCX_EVENT_NOT_DICOM;
    }
    if (channel.closedByPeer) {
        return DCX_EVENT_CLOSED;
    }
    if (channel.isPastDeadline()) {
        return DCX_EVENT_TIMEOUT;
    }
    return condition.bad() ? DCX_EVENT_NOT_DICOM : DCX_EVENT_ASSOCIATION;
}

/// Nothing, if another thread was faster.
std::unique_ptr<dcx_association> accept(dcx_listener &listener, dcx_event &event, dcx_error *error) {
    auto association = std::make_unique<dcx_association>();
    association->listener = &listener;
    association->channel->interrupt = listener.interrupt.descriptor.value;
    association->channel->transferTimeout = listener.transferTimeout;
    association->setDeadline(listener.associationTimeout);
    OFCondition condition;
    {
        const dcx::Attachment attachment(association->channel);
        condition = ASC_receiveAssociation(
            listener.network.value, &association->value, listener.maximumPDU, nullptr, nullptr, OFFalse, DUL_NOBLOCK,
            0);
    }
    if (association->channel->socket < 0) {
        return nullptr;
    }
    event = failedNegotiation(*association, condition);
    if (event != DCX_EVENT_ASSOCIATION) {
        (void)dcx::fill(error, DCX_IO, condition.text(), condition.module(), condition.code());
    } else {
        setImplementation(
            association->value->params, listener.implementationClassUID, listener.implementationVersionName);
    }
    return association;
}

dcx_event acceptOne(dcx_listener &listener, std::unique_ptr<dcx_association> &association, dcx_error *error) {
    while (true) {
        pollfd waiting[] = {{listener.stop.descriptor.value, POLLIN, 0}, {listener.socket(), POLLIN, 0}};
        if (poll(waiting, 2, -1) < 0 && errno != EINTR) {
            throwErrno("cannot wait for connections");
        }
        if (waiting[0].revents != 0) {
            return DCX_EVENT_STOPPED;
        }
        dcx_event event = DCX_EVENT_FAILED;
        association = accept(listener, event, error);
        if (association) {
            return event;
        }
        // Another thread has it, or there are no more descriptors: do not spin.
        (void)poll(waiting, 1, 10);
    }
}

dcx_event failedReception(const dcx_association &association, const OFCondition &condition) {
    if (association.isInterrupted()) {
        return DCX_EVENT_STOPPED;
    }
    if (condition == DUL_PEERABORTEDASSOCIATION) {
        return DCX_EVENT_ABORT;
    }
    if (association.channel->closedByPeer || condition == DUL_NETWORKCLOSED) {
        return DCX_EVENT_CLOSED;
    }
    return condition == DUL_READTIMEOUT ? DCX_EVENT_TIMEOUT : DCX_EVENT_FAILED;
}

/// Waits for the first byte of the next PDU.
dcx_event waitForMessage(const dcx_association &association, uint32_t timeoutS) {
    const int stop = association.listener == nullptr ? -1 : association.listener->stop.descriptor.value;
    association.channel->rearmQuickAcknowledgement();
    pollfd waiting[] = {{association.channel->socket, POLLIN, 0}, {stop, POLLIN, 0}};
    const auto end = dcx::Clock::now() + std::chrono::seconds(timeoutS);
    while (true) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - dcx::Clock::now()).count();
        const int ready = poll(waiting, 2, static_cast<int>(left > 0 ? left : 0));
        if (ready >= 0 || errno != EINTR) {
            break;
        }
    }
    if (waiting[1].revents != 0) {
        return DCX_EVENT_STOPPED;
    }
    return waiting[0].revents != 0 ? DCX_EVENT_FRAGMENT : DCX_EVENT_TIMEOUT;
}

dcx_event receive(
    dcx_association &association, uint32_t timeoutS, bool betweenMessages, DUL_PDV &pdv, dcx_error *error) {
    DUL_ASSOCIATIONKEY **key = &association.value->DULassociation;
    if (DUL_NextPDV(key, &pdv).good()) {
        return DCX_EVENT_FRAGMENT;
    }
    if (betweenMessages) {
        const dcx_event event = waitForMessage(association, timeoutS);
        if (event != DCX_EVENT_FRAGMENT) {
            return event;
        }
    }
    OFCondition condition = DUL_ReadPDVs(key, nullptr, DUL_NOBLOCK, static_cast<int>(timeoutS));
    if (condition == DUL_PEERREQUESTEDRELEASE) {
        return DCX_EVENT_RELEASE;
    }
    if (condition == DUL_PDATAPDUARRIVED) {
        condition = DUL_NextPDV(key, &pdv);
        if (condition.good() && pdv.fragmentLength <= ASC_MAXIMUMPDUSIZE) {
            return DCX_EVENT_FRAGMENT;
        }
    }
    (void)dcx::fill(error, DCX_IO, condition.text(), condition.module(), condition.code());
    return failedReception(association, condition);
}

/// Like dcx::guarded, for functions whose outcome is an event.
template <typename Body> dcx_event eventOf(dcx_error *error, Body &&body) noexcept {
    dcx_event event = DCX_EVENT_FAILED;
    (void)dcx::guarded(error, [&] { event = body(); });
    return event;
}

T_ASC_Parameters *requestParameters(
    const dcx_requestor_options &options, const dcx_proposed_context *contexts, uint32_t count) {
    T_ASC_Parameters *parameters = nullptr;
    dcx::check(ASC_createAssociationParameters(&parameters, options.maximum_pdu), DCX_BAD_VALUE);
    const std::string address = std::string(options.host) + ":" + std::to_string(options.port);
    OFCondition condition =
        ASC_setAPTitles(parameters, options.calling_ae_title, options.called_ae_title, nullptr);
    if (condition.good()) {
        condition = ASC_setPresentationAddresses(parameters, "localhost", address.c_str());
    }
    for (uint32_t i = 0; i < count && condition.good(); i++) {
        const char *syntax = contexts[i].transfer_syntax;
        condition = ASC_addPresentationContext(
            parameters, static_cast<T_ASC_PresentationContextID>(2 * i + 1), contexts[i].abstract_syntax, &syntax, 1);
    }
    if (condition.bad()) {
        (void)ASC_destroyAssociationParameters(&parameters);
        dcx::check(condition, DCX_BAD_VALUE);
    }
    setImplementation(parameters, options.implementation_class_uid, options.implementation_version_name);
    return parameters;
}

dcx_event failedRequest(const dcx_association &association, const OFCondition &condition) {
    if (condition == DUL_ASSOCIATIONREJECTED) {
        return DCX_EVENT_REJECTED;
    }
    if (condition.code() == DULC_UNKNOWNHOST) {
        return DCX_EVENT_UNKNOWN_HOST;
    }
    if (association.channel->socket < 0) {
        return std::strstr(condition.text(), "timed out") != nullptr ? DCX_EVENT_TIMEOUT : DCX_EVENT_REFUSED;
    }
    if (association.channel->isPastDeadline()) {
        return DCX_EVENT_TIMEOUT;
    }
    const dcx_event event = failedReception(association, condition);
    return event == DCX_EVENT_FAILED ? DCX_EVENT_NOT_DICOM : event;
}

dcx_event request(
    dcx_association &association, T_ASC_Parameters *parameters, dcx_rejection &rejection, dcx_error *error) {
    const int timeoutS = static_cast<int>(association.answerTimeout.count());
    association.setDeadline(connecting + association.answerTimeout);
    OFCondition condition;
    {
        const dcx::Attachment attachment(association.channel);
        condition = ASC_requestAssociation(
            association.network->value, parameters, &association.value, nullptr, nullptr, DUL_NOBLOCK, timeoutS);
    }
    if (condition.good()) {
        association.channel->deadline.reset();
        return DCX_EVENT_ASSOCIATION;
    }
    (void)dcx::fill(error, DCX_IO, condition.text(), condition.module(), condition.code());
    T_ASC_RejectParameters parts{};
    if (condition == DUL_ASSOCIATIONREJECTED && ASC_getRejectParameters(parameters, &parts).good()) {
        rejection = {static_cast<uint8_t>(parts.result), static_cast<uint8_t>(parts.source),
                     static_cast<uint8_t>(parts.reason & 0xFF)};
    }
    return failedRequest(association, condition);
}

}  // namespace

dcx_status dcx_listener_create(
    const dcx_listener_options *options, dcx_listener **listener, dcx_error *error) noexcept {
    return dcx::guarded(error, [&] { *listener = new dcx_listener(*options); });
}

uint16_t dcx_listener_port(const dcx_listener *listener) noexcept { return listener->port; }

void dcx_listener_stop(dcx_listener *listener) noexcept {
    // The kernel refuses new connections from here on.
    (void)shutdown(listener->socket(), SHUT_RDWR);
    listener->stop.raise();
}

void dcx_listener_interrupt(dcx_listener *listener) noexcept {
    dcx_listener_stop(listener);
    listener->interrupt.raise();
}

void dcx_listener_destroy(dcx_listener *listener) noexcept { delete listener; }

dcx_event dcx_listener_accept(dcx_listener *listener, dcx_association **association, dcx_error *error) noexcept {
    return eventOf(error, [&] {
        std::unique_ptr<dcx_association> accepted;
        const dcx_event event = acceptOne(*listener, accepted, error);
        *association = accepted.release();
        return event;
    });
}

void dcx_association_get_peer(const dcx_association *association, dcx_association_peer *peer) noexcept {
    *peer = {};
    copy(peer->address, association->channel->address);
    peer->received_bytes = association->channel->receivedBytes;
    const T_ASC_Parameters *parameters = association->value == nullptr ? nullptr : association->value->params;
    if (parameters != nullptr) {
        copy(peer->calling_ae_title, parameters->DULparams.callingAPTitle);
        copy(peer->called_ae_title, parameters->DULparams.calledAPTitle);
        copy(peer->application_context_name, parameters->DULparams.applicationContextName);
        copy(peer->implementation_class_uid, parameters->theirImplementationClassUID);
        copy(peer->implementation_version_name, parameters->theirImplementationVersionName);
    }
}

dcx_status dcx_association_negotiate(
    dcx_association *association, const char *const *abstract_syntaxes, uint32_t abstract_syntax_count,
    const char *const *transfer_syntaxes, uint32_t transfer_syntax_count, dcx_error *error) noexcept {
    return dcx::guarded(error, [&] {
        dcx::check(
            ASC_acceptContextsWithPreferredTransferSyntaxes(
                association->value->params, const_cast<const char **>(abstract_syntaxes),
                static_cast<int>(abstract_syntax_count), const_cast<const char **>(transfer_syntaxes),
                static_cast<int>(transfer_syntax_count)),
            DCX_MALFORMED);
    });
}

dcx_status dcx_association_acknowledge(dcx_association *association, dcx_error *error) noexcept {
    return dcx::guarded(error, [&] {
        dcx::check(ASC_acknowledgeAssociation(association->value), DCX_IO);
        association->channel->deadline.reset();
    });
}

void dcx_association_reject(dcx_association *association, uint8_t result, uint8_t source, uint8_t reason) noexcept {
    (void)dcx::guarded(nullptr, [&] {
        association->setDeadline(farewell);
        const T_ASC_RejectParameters parameters = {
            static_cast<T_ASC_RejectParametersResult>(result), static_cast<T_ASC_RejectParametersSource>(source),
            static_cast<T_ASC_RejectParametersReason>(source << 8 | reason)};
        (void)ASC_rejectAssociation(association->value, &parameters);
        association->closeAfterFarewell();
    });
}

bool dcx_association_context(
    const dcx_association *association, uint8_t id, dcx_presentation_context *context) noexcept {
    return dcx::guarded_value(false, [&] {
        T_ASC_PresentationContext found{};
        if (ASC_findAcceptedPresentationContext(association->value->params, id, &found).bad()) {
            return false;
        }
        context->id = id;
        copy(context->abstract_syntax, found.abstractSyntax);
        copy(context->transfer_syntax, found.acceptedTransferSyntax);
        return true;
    });
}

dcx_event dcx_association_request(
    const dcx_requestor_options *options, const dcx_proposed_context *contexts, uint32_t context_count,
    dcx_association **association, dcx_rejection *rejection, dcx_error *error) noexcept {
    return eventOf(error, [&] {
        auto requested = std::make_unique<dcx_association>();
        requested->network =
            std::make_unique<Network>(NET_REQUESTOR, static_cast<int>(options->association_timeout_s));
        requested->answerTimeout = std::chrono::seconds(options->association_timeout_s);
        requested->channel->transferTimeout = std::chrono::seconds(options->transfer_timeout_s);
        // The association takes the parameters over.
        T_ASC_Parameters *parameters = requestParameters(*options, contexts, context_count);
        const dcx_event event = request(*requested, parameters, *rejection, error);
        if (event == DCX_EVENT_ASSOCIATION) {
            *association = requested.release();
        }
        return event;
    });
}

dcx_event dcx_association_receive(
    dcx_association *association, uint32_t timeout_s, bool between_messages, dcx_fragment *fragment,
    dcx_error *error) noexcept {
    return eventOf(error, [&] {
        DUL_PDV pdv{};
        const dcx_event event = receive(*association, timeout_s, between_messages, pdv, error);
        if (event == DCX_EVENT_FRAGMENT) {
            *fragment = {static_cast<const uint8_t *>(pdv.data), pdv.fragmentLength, pdv.presentationContextID,
                         pdv.pdvType == DUL_COMMANDPDV, pdv.lastPDV != OFFalse};
        }
        return event;
    });
}

size_t dcx_association_fragment_limit(const dcx_association *association) noexcept {
    return association->value->sendPDVLength;
}

dcx_status dcx_association_send(
    dcx_association *association, const dcx_fragment *fragment, dcx_error *error) noexcept {
    return dcx::guarded(error, [&] {
        DUL_PDV pdv{};
        pdv.fragmentLength = fragment->count;
        pdv.presentationContextID = fragment->context_id;
        pdv.pdvType = fragment->is_command ? DUL_COMMANDPDV : DUL_DATASETPDV;
        pdv.lastPDV = fragment->is_last;
        pdv.data = const_cast<uint8_t *>(fragment->bytes);
        DUL_PDVLIST list{};
        list.count = 1;
        list.pdv = &pdv;
        dcx::check(DUL_WritePDVs(&association->value->DULassociation, &list), DCX_IO);
    });
}

dcx_status dcx_association_release(dcx_association *association, dcx_error *error) noexcept {
    return dcx::guarded(error, [&] {
        association->setDeadline(association->answerTimeout);
        dcx::check(ASC_releaseAssociation(association->value), DCX_IO);
    });
}

void dcx_association_acknowledge_release(dcx_association *association) noexcept {
    (void)dcx::guarded(nullptr, [&] {
        (void)ASC_acknowledgeRelease(association->value);
        association->closeAfterFarewell();
    });
}

void dcx_association_abort(dcx_association *association) noexcept {
    (void)dcx::guarded(nullptr, [&] {
        association->setDeadline(farewell);
        (void)ASC_abortAssociation(association->value);
    });
}

void dcx_association_destroy(dcx_association *association) noexcept { delete association; }
