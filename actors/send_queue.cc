#include "actors/send_queue.h"

#include <algorithm>
#include <cerrno>

namespace dgram {
namespace {

bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

/// Errors that an ICMP message about an earlier datagram leaves on a socket.
bool may_be_earlier(int error) {
  switch (error) {
    case ECONNREFUSED:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EHOSTDOWN:
    case ENOPROTOOPT:
    case EPROTO:
      return true;
    default:
      return false;
  }
}

}  // namespace

absl::Span<const payload> outgoing::parts() const {
  return buffers.empty() ? absl::MakeConstSpan(&data, 1) : absl::MakeConstSpan(buffers);
}

void send_queue::address_to(const endpoint& peer) {
  for (auto& waiting : queue_) {
    if (!waiting.to) waiting.to = peer;
  }
}

bool send_queue::send_front(socket& sock, int& error) {
  auto& next = queue_.front();
  const endpoint* to = next.to ? &*next.to : nullptr;
  auto result = sock.send(next.parts(), to);
  if (to == nullptr && is_udp(sock.family()) && may_be_earlier(result.error)) {
    // Reading the error cleared it. If it is this datagram's own, it recurs.
    const int earlier = result.error;
    result = sock.send(next.parts(), to);
    if (result.error != earlier) observer_.on_earlier_error(earlier);
  }
  error = result.error;
  if (would_block(error) || error == ENOBUFS) return false;
  if (error == 0) {
    observer_.on_sent(next, result.bytes);
  } else {
    observer_.on_send_failed(next, error);
  }
  return true;
}

send_queue::backlog send_queue::flush(socket& sock) {
  auto left = backlog::none;
  // A Unix peer that does not read holds up its own datagrams, not the others'.
  std::vector<endpoint> full_peers;
  std::deque<outgoing> held_back;
  const auto hold_back = [&] {
    held_back.push_back(std::move(queue_.front()));
    queue_.pop_front();
  };
  while (!queue_.empty()) {
    const auto& to = queue_.front().to;
    if (to && std::find(full_peers.begin(), full_peers.end(), *to) != full_peers.end()) {
      hold_back();
      continue;
    }
    int error = 0;
    if (send_front(sock, error)) {
      queue_.pop_front();
      continue;
    }
    if (sock.family() == family::unix_dgram && to && would_block(error)) {
      full_peers.push_back(*to);
      hold_back();
      left = backlog::until_retry;
      continue;
    }
    left = would_block(error) ? backlog::until_writable : backlog::until_retry;
    break;
  }
  for (; !held_back.empty(); held_back.pop_back()) {
    queue_.push_front(std::move(held_back.back()));
  }
  return left;
}

}  // namespace dgram
