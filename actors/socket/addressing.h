/// The local address, peer and multicast groups of a socket.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "caf_dgram/actors/commands.h"
#include "caf_dgram/actors/socket/opened_socket.h"
#include "caf_dgram/actors/socket/socket_census.h"
#include "caf_dgram/actors/socket/subscribers.h"
#include "caf_dgram/dgram/endpoint.h"
#include "caf_dgram/dgram/posix/memberships.h"
#include "caf_dgram/dgram/posix/socket.h"

namespace dgram {

/// Used on the socket's loop. Publishes binds and connects, unless the socket's group
/// does.
class addressing {
 public:
  addressing(socket& sock, opened_socket& opened, socket_census::entry& census)
      : socket_(sock),
        census_(census),
        groups_(std::move(opened.groups)),
        bound_(opened.bound),
        connected_(opened.connected) {}

  /// Publishes to `audience` from now on, beginning with the state of the opened socket.
  void publish_to(subscribers& audience);

  // Errors of the following: those of the commands.
  absl::StatusOr<endpoint> bind(const endpoint& local, bool replace_stale_path);
  absl::Status bind_implicitly();
  absl::StatusOr<endpoint> connect(const endpoint& peer);
  absl::Status disconnect();
  absl::StatusOr<membership> join(const add_membership& command);
  absl::StatusOr<membership> leave(const drop_membership& command);

  /// Clears `is_connected` if the kernel has dropped the peer, as Linux does when the
  /// peer of a Unix socket closes.
  void notice_lost_peer();

  bool is_bound() const noexcept { return bound_; }
  bool is_connected() const noexcept { return connected_; }

  /// The connected peer, if there is one.
  std::optional<endpoint> peer() const;

 private:
  socket& socket_;
  socket_census::entry& census_;
  subscribers* audience_ = nullptr;
  memberships groups_;
  bool bound_;
  bool connected_;
};

}  // namespace dgram
