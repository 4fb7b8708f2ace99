#include "internal/connection.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>

namespace dcx {

namespace {

thread_local std::shared_ptr<Channel> announced;

void setOption(int socket, int level, int name, int value) {
    (void)setsockopt(socket, level, name, &value, sizeof value);
}

void describePeer(int socket, char (&text)[48]) {
    sockaddr_storage storage{};
    socklen_t length = sizeof storage;
    if (getpeername(socket, reinterpret_cast<sockaddr *>(&storage), &length) != 0 || storage.ss_family != AF_INET) {
        return;
    }
    (void)inet_ntop(AF_INET, &reinterpret_cast<sockaddr_in &>(storage).sin_addr, text, sizeof text);
}

}  // namespace

bool Channel::wait(short events, std::chrono::milliseconds limit) const {
    const auto end = deadline ? std::min(*deadline, Clock::now() + limit) : Clock::now() + limit;
    while (true) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
        pollfd waiting[] = {{socket, events, 0}, {interrupt, POLLIN, 0}};
        const int ready = poll(waiting, 2, static_cast<int>(std::max<long>(left, 0)));
        if (ready < 0 && errno == EINTR) {
            continue;
        }
        return ready > 0 && waiting[1].revents == 0 && waiting[0].revents != 0;
    }
}

void Channel::rearmQuickAcknowledgement() const { setOption(socket, IPPROTO_TCP, TCP_QUICKACK, 1); }

Connection::Connection(DcmNativeSocketType openSocket, std::shared_ptr<Channel> shared)
    : DcmTCPConnection(openSocket), channel(std::move(shared)) {
    channel->socket = openSocket;
    (void)fcntl(openSocket, F_SETFD, FD_CLOEXEC);
    setOption(openSocket, IPPROTO_TCP, TCP_NODELAY, 1);
    setOption(openSocket, SOL_SOCKET, SO_KEEPALIVE, 1);
    describePeer(openSocket, channel->address);
    channel->rearmQuickAcknowledgement();
}

ssize_t Connection::read(void *buffer, size_t count) {
    if (!channel->wait(POLLIN, channel->transferTimeout)) {
        errno = ETIMEDOUT;
        return -1;
    }
    const ssize_t received = recv(getSocket(), buffer, count, 0);
    channel->rearmQuickAcknowledgement();
    channel->closedByPeer = received == 0 || (received < 0 && errno == ECONNRESET);
    for (ssize_t i = 0; i < received && channel->receivedBytes + i < sizeof channel->firstBytes; i++) {
        channel->firstBytes[channel->receivedBytes + i] = static_cast<const uint8_t *>(buffer)[i];
    }
    channel->receivedBytes += received > 0 ? static_cast<uint64_t>(received) : 0;
    return received;
}

// DCMTK takes a partial write for an error, so this one ends only when all is sent or the peer has stalled.
ssize_t Connection::write(void *buffer, size_t count) {
    size_t sent = 0;
    while (sent < count) {
        const auto *next = static_cast<const uint8_t *>(buffer) + sent;
        const ssize_t done = send(getSocket(), next, count - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (done >= 0) {
            sent += static_cast<size_t>(done);
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            if (!channel->wait(POLLOUT, channel->transferTimeout)) {
                errno = ETIMEDOUT;
                return -1;
            }
        } else if (errno != EINTR) {
            return -1;
        }
    }
    channel->rearmQuickAcknowledgement();
    return static_cast<ssize_t>(sent);
}

OFBool Connection::networkDataAvailable(int timeoutS) {
    // A negative number stands for DCMTK's default.
    return channel->wait(POLLIN, timeoutS < 0 ? channel->transferTimeout : std::chrono::seconds(timeoutS));
}

DcmTransportConnection *TransportLayer::createConnection(DcmNativeSocketType socket, OFBool useSecureLayer) {
    if (useSecureLayer || !announced) {
        return nullptr;
    }
    return new Connection(socket, announced);
}

Attachment::Attachment(std::shared_ptr<Channel> channel) { announced = std::move(channel); }

Attachment::~Attachment() { announced.reset(); }

}  // namespace dcx
