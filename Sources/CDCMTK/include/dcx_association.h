/// Associations (PS3.8) in pull style: every call blocks its thread, has a time limit, and calls nobody back.
///
/// The unit of reception and sending is the fragment of a presentation data value (PS3.8 Annex E); messages (PS3.7) are
/// built and read by the caller. A dcx_association belongs to one thread. A dcx_listener may be used by any number of
/// threads at once, except for dcx_listener_destroy.
#pragma once

#include "dcx_error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

DCX_BEGIN

typedef struct dcx_listener dcx_listener;
typedef struct dcx_association dcx_association;

/// What ended a wait.
typedef enum __attribute__((enum_extensibility(open))) dcx_event : int32_t {
    /// An A-ASSOCIATE-RQ has arrived (acceptor), or the association is established (requestor).
    DCX_EVENT_ASSOCIATION = 0,
    DCX_EVENT_FRAGMENT = 1,
    /// The peer asks for release; answer with dcx_association_acknowledge_release.
    DCX_EVENT_RELEASE = 2,
    /// A-ABORT from the peer.
    DCX_EVENT_ABORT = 3,
    /// The peer closed the TCP connection.
    DCX_EVENT_CLOSED = 4,
    DCX_EVENT_TIMEOUT = 5,
    /// dcx_listener_stop or dcx_listener_interrupt was called.
    DCX_EVENT_STOPPED = 6,
    /// The first bytes are those of a TLS ClientHello.
    DCX_EVENT_TLS_HELLO = 7,
    /// The first bytes are not those of an A-ASSOCIATE-RQ, or it cannot be read.
    DCX_EVENT_NOT_DICOM = 8,
    /// The TCP connection cannot be made.
    DCX_EVENT_REFUSED = 9,
    DCX_EVENT_UNKNOWN_HOST = 10,
    /// A-ASSOCIATE-RJ from the peer.
    DCX_EVENT_REJECTED = 11,
    /// Anything else; see the dcx_error.
    DCX_EVENT_FAILED = 99,
} dcx_event;

typedef struct dcx_listener_options {
    /// Numeric IPv4 address to bind to; "0.0.0.0" for all.
    const char *_Nonnull address;
    /// 0: any free port.
    uint16_t port;
    /// Largest PDU that we accept, 4096 to 131072.
    uint32_t maximum_pdu;
    /// From the TCP connection to the complete A-ASSOCIATE-RQ.
    uint32_t association_timeout_s;
    /// Longest silence of the peer within a PDU, in either direction.
    uint32_t transfer_timeout_s;
    /// Implementation Class UID and Version Name (PS3.7 §D.3.3.2).
    const char *_Nonnull implementation_class_uid;
    const char *_Nonnull implementation_version_name;
} dcx_listener_options;

/// Binds and listens. The caller destroys the listener.
dcx_status dcx_listener_create(
    const dcx_listener_options *_Nonnull options, dcx_listener *_Nullable *_Nonnull listener,
    dcx_error *_Nonnull error) DCX_NOEXCEPT;

/// The port that is listened on.
uint16_t dcx_listener_port(const dcx_listener *_Nonnull listener) DCX_NOEXCEPT;

/// No more connections are taken; every wait for a connection or for the next message ends with DCX_EVENT_STOPPED.
void dcx_listener_stop(dcx_listener *_Nonnull listener) DCX_NOEXCEPT;

/// Like stop, and reading from the peers within a message fails at once as well.
void dcx_listener_interrupt(dcx_listener *_Nonnull listener) DCX_NOEXCEPT;

/// After all its associations have been destroyed and no thread is in dcx_listener_accept.
void dcx_listener_destroy(dcx_listener *_Nullable listener) DCX_NOEXCEPT;

/// Waits for a connection and its A-ASSOCIATE-RQ. One silent peer keeps only the calling thread.
///
/// `association` is set for every event except DCX_EVENT_STOPPED and DCX_EVENT_FAILED, so that the peer's address can
/// be asked for; the caller destroys it.
dcx_event dcx_listener_accept(
    dcx_listener *_Nonnull listener, dcx_association *_Nullable *_Nonnull association,
    dcx_error *_Nonnull error) DCX_NOEXCEPT;

/// What the peer says about itself. All strings are NUL-terminated and as the peer sent them.
typedef struct dcx_association_peer {
    char calling_ae_title[17];
    char called_ae_title[17];
    char application_context_name[65];
    /// Numeric.
    char address[48];
    char implementation_class_uid[65];
    char implementation_version_name[17];
    /// Bytes read from the connection so far.
    uint64_t received_bytes;
} dcx_association_peer;

void dcx_association_get_peer(
    const dcx_association *_Nonnull association, dcx_association_peer *_Nonnull peer) DCX_NOEXCEPT;

/// Accepts those proposed presentation contexts whose abstract syntax is listed, each with the first of
/// `transfer_syntaxes` that the peer proposes for it; role default. May be called several times: contexts accepted
/// earlier stay so.
dcx_status dcx_association_negotiate(
    dcx_association *_Nonnull association, const char *_Nonnull const *_Nonnull abstract_syntaxes,
    uint32_t abstract_syntax_count, const char *_Nonnull const *_Nonnull transfer_syntaxes,
    uint32_t transfer_syntax_count, dcx_error *_Nonnull error) DCX_NOEXCEPT;

/// Sends the A-ASSOCIATE-AC.
dcx_status dcx_association_acknowledge(
    dcx_association *_Nonnull association, dcx_error *_Nonnull error) DCX_NOEXCEPT;

/// Sends an A-ASSOCIATE-RJ with the numbers of PS3.8 §9.3.4.
void dcx_association_reject(
    dcx_association *_Nonnull association, uint8_t result, uint8_t source, uint8_t reason) DCX_NOEXCEPT;

typedef struct dcx_presentation_context {
    uint8_t id;
    char abstract_syntax[65];
    char transfer_syntax[65];
} dcx_presentation_context;

/// The accepted presentation context with that ID; false if there is none.
bool dcx_association_context(
    const dcx_association *_Nonnull association, uint8_t id, dcx_presentation_context *_Nonnull context) DCX_NOEXCEPT;

typedef struct dcx_requestor_options {
    const char *_Nonnull calling_ae_title;
    const char *_Nonnull called_ae_title;
    const char *_Nonnull host;
    uint16_t port;
    uint32_t maximum_pdu;
    /// For the A-ASSOCIATE-AC, and for the answer to a release.
    uint32_t association_timeout_s;
    uint32_t transfer_timeout_s;
    const char *_Nonnull implementation_class_uid;
    const char *_Nonnull implementation_version_name;
} dcx_requestor_options;

typedef struct dcx_proposed_context {
    const char *_Nonnull abstract_syntax;
    const char *_Nonnull transfer_syntax;
} dcx_proposed_context;

/// The A-ASSOCIATE-RJ of the peer (PS3.8 §9.3.4).
typedef struct dcx_rejection {
    uint8_t result;
    uint8_t source;
    uint8_t reason;
} dcx_rejection;

/// Connects and asks for an association; context number i gets the ID 2i + 1. At most 128 contexts.
/// `association` is set for DCX_EVENT_ASSOCIATION, `rejection` for DCX_EVENT_REJECTED.
dcx_event dcx_association_request(
    const dcx_requestor_options *_Nonnull options, const dcx_proposed_context *_Nonnull contexts,
    uint32_t context_count,
    dcx_association *_Nullable *_Nonnull association, dcx_rejection *_Nonnull rejection,
    dcx_error *_Nonnull error) DCX_NOEXCEPT;

/// A fragment of a command or a data set. `bytes` is valid until the next call with the association.
typedef struct dcx_fragment {
    const uint8_t *_Nullable bytes;
    size_t count;
    uint8_t context_id;
    bool is_command;
    bool is_last;
} dcx_fragment;

/// Waits at most `timeout_s` for the next fragment.
/// @param between_messages dcx_listener_stop ends the wait too, not only dcx_listener_interrupt.
dcx_event dcx_association_receive(
    dcx_association *_Nonnull association, uint32_t timeout_s, bool between_messages, dcx_fragment *_Nonnull fragment,
    dcx_error *_Nonnull error) DCX_NOEXCEPT;

/// The largest fragment that goes into one PDU for the peer.
size_t dcx_association_fragment_limit(const dcx_association *_Nonnull association) DCX_NOEXCEPT;

/// Sends the fragment; one that is too long for the peer's PDU is split.
dcx_status dcx_association_send(
    dcx_association *_Nonnull association, const dcx_fragment *_Nonnull fragment,
    dcx_error *_Nonnull error) DCX_NOEXCEPT;

/// Asks for release and waits for the answer.
dcx_status dcx_association_release(dcx_association *_Nonnull association, dcx_error *_Nonnull error) DCX_NOEXCEPT;

/// Answers DCX_EVENT_RELEASE.
void dcx_association_acknowledge_release(dcx_association *_Nonnull association) DCX_NOEXCEPT;

/// Sends an A-ABORT.
void dcx_association_abort(dcx_association *_Nonnull association) DCX_NOEXCEPT;

/// Closes the connection, if it is still open, and frees everything.
void dcx_association_destroy(dcx_association *_Nullable association) DCX_NOEXCEPT;

DCX_END
