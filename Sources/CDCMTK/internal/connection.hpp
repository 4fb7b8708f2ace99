// The TCP connection under an association, as DCMTK's transport layer sees it.
//
// DCMTK accepts and connects by itself and hides the socket. Its transport layer is a factory that gets every socket,
// so ours sets the options that matter: no Nagle, acknowledgements at once (a stock sender waits for them between
// command and data set), keep-alive, close-on-exec; and it bounds every read and write.
#pragma once

#include "dcmtk/config/osconfig.h"
#include "dcmtk/dcmnet/dcmlayer.h"
#include "dcmtk/dcmnet/dcmtrans.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

namespace dcx {

using Clock = std::chrono::steady_clock;

/// What an association knows of its connection; outlives it.
struct Channel {
    int socket = -1;
    /// An eventfd that ends every wait when it becomes readable; -1: none.
    int interrupt = -1;
    std::chrono::seconds transferTimeout{60};
    /// Nothing is read after this moment.
    std::optional<Clock::time_point> deadline;
    uint64_t receivedBytes = 0;
    uint8_t firstBytes[2] = {0, 0};
    bool closedByPeer = false;
    char address[48] = "";

    bool isPastDeadline() const { return deadline && Clock::now() >= *deadline; }
    /// Waits until the socket is ready for `events`, at most `limit` and the deadline; false if it is not.
    bool wait(short events, std::chrono::milliseconds limit) const;
    /// Acknowledge what comes in without delay; the kernel forgets this now and then (tcp(7)).
    void rearmQuickAcknowledgement() const;
};

/// A plain connection whose waits obey a Channel.
class Connection : public DcmTCPConnection {
public:
    Connection(DcmNativeSocketType socket, std::shared_ptr<Channel> channel);

    ssize_t read(void *buffer, size_t count) override;
    ssize_t write(void *buffer, size_t count) override;
    OFBool networkDataAvailable(int timeoutS) override;

private:
    std::shared_ptr<Channel> channel;
};

/// Makes Connections. The channel is the one that the calling thread has announced with an Attachment.
class TransportLayer : public DcmTransportLayer {
public:
    DcmTransportConnection *createConnection(DcmNativeSocketType socket, OFBool useSecureLayer) override;
};

/// For the life of this object, a connection made on this thread is attached to `channel`.
/// DCMTK passes no context through to the factory, hence a thread-local.
class Attachment {
public:
    explicit Attachment(std::shared_ptr<Channel> channel);
    ~Attachment();
    Attachment(const Attachment &) = delete;
    Attachment &operator=(const Attachment &) = delete;
};

}  // namespace dcx
