/// The local address, peer and multicast groups of a socket.
#pragma once

#include <optional>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "caf_dgram/actors/address.h"
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
      : socket_(sock), census_(census), groups_(std::move(opened.groups)), bound_(opened.bound) {
    if (opened.connected) peer_ = known_peer();
  }

  /// Publishes to `audience` from now on, beginning with the state of the opened socket.
  void publish_to(subscribers& audience);

  /// The addresses of commands, in numbers or by name. Errors: already_bound,
  /// already_connected, those of `locate`.
  absl::StatusOr<located> local_of(const dgram::bind& command) const;
  absl::StatusOr<located> peer_of(const dgram::connect& command) const;

  // Errors of the following: those of the commands. `on_connected` is called before the
  // connect is published.
  absl::StatusOr<endpoint> bind(const endpoint& local, bool replace_stale_path);
  absl::Status bind_implicitly();
  absl::StatusOr<endpoint> connect(const endpoint& peer,
                                   absl::FunctionRef<void(const endpoint&)> on_connected);
  absl::Status disconnect();
  absl::StatusOr<membership> join(const add_membership& command);
  absl::StatusOr<membership> leave(const drop_membership& command);

  /// Publishes a disconnect if the kernel has dropped the peer, as Linux does when the peer
  /// of a Unix socket closes. True if so.
  bool notice_lost_peer();

  bool is_bound() const noexcept { return bound_; }

  /// Whether a send binds the socket first. Unix sockets send without an address of their own.
  bool needs_bind() const noexcept { return !bound_ && is_udp(socket_.family()); }

  bool is_connected() const noexcept { return peer_.has_value(); }

  /// The connected peer, if there is one.
  const std::optional<endpoint>& peer() const noexcept { return peer_; }

 private:
  /// The peer as the kernel knows it, if it does.
  std::optional<endpoint> known_peer() const;

  socket& socket_;
  socket_census::entry& census_;
  subscribers* audience_ = nullptr;
  memberships groups_;
  bool bound_;
  std::optional<endpoint> peer_;
};

}  // namespace dgram
