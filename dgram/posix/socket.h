/// One non-blocking datagram descriptor.
///
///   auto sock = socket::open(family::udp4);
///   sock->bind(*endpoint::parse("127.0.0.1:0"));
///   sock->send({payload("hello")}, &peer);
///
/// Move-only; owned by one thread at a time. Set-up calls return a status that
/// names operation, value and errno; `send` and `receive` neither allocate nor
/// throw.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "caf_dgram/dgram/endpoint.h"
#include "caf_dgram/dgram/family.h"
#include "caf_dgram/dgram/option.h"
#include "caf_dgram/dgram/payload.h"
#include "caf_dgram/dgram/posix/bound_path.h"
#include "caf_dgram/dgram/posix/multicast_request.h"
#include "caf_dgram/dgram/posix/option_table.h"
#include "caf_dgram/dgram/posix/syscalls.h"
#include "caf_dgram/dgram/posix/transmit.h"
#include "caf_dgram/dgram/posix/unique_fd.h"

namespace dgram {

/// The outcome of sending one datagram.
struct send_result {
  int error = 0;          ///< errno, 0 if the kernel accepted it.
  std::size_t bytes = 0;  ///< Its payload's size.
};

/// The outcome of one `receive`.
struct receive_result {
  int error = 0;           ///< errno; EAGAIN when there is nothing to read.
  std::size_t size = 0;    ///< The datagram's real size; more than `stored` if truncated.
  std::size_t stored = 0;  ///< Bytes written to the buffer.
  endpoint sender;         ///< The sender; unnamed for an unbound Unix socket.
};

class socket {
 public:
  /// The number of buffers that one datagram may be gathered from.
  static constexpr std::size_t max_buffers = 1024;

  // -- construction -----------------------------------------------------------

  /// A new descriptor, non-blocking and close-on-exec (socket(2)). A UDP socket
  /// receives only the multicast groups that it joins itself: `multicast_all`
  /// is off.
  static absl::StatusOr<socket> open(family f, const syscalls& kernel = syscalls::system());

  socket(socket&&) noexcept = default;
  socket& operator=(socket&& other) noexcept;

  /// Closes.
  ~socket();

  // -- set-up -----------------------------------------------------------------

  /// Gives the socket a local address (bind(2)). For a Unix path the file is
  /// removed again by `close`. Where a UDP socket is bound to the wildcard
  /// address, a `receiver` learns the address that each datagram was sent to.
  /// Errors: wrong_family, errno.
  absl::Status bind(const endpoint& local);

  /// Like `bind`, but replaces the file of a Unix socket that is closed. The
  /// file of an open socket, or one that is not a socket, stays: EADDRINUSE.
  absl::Status bind_replacing_stale_path(const endpoint& local);

  /// Sets the peer: datagrams are sent to it and received from it only
  /// (connect(2)). Errors: wrong_family, errno; invalid_address for a scope that
  /// the kernel would ignore.
  absl::Status connect(const endpoint& peer);

  /// Undoes `connect`; the local port stays. Of a Unix socket Linux drops what
  /// waits to be read. Errors: errno; after one the socket may be unbound.
  absl::Status disconnect();

  /// Errors: not_bound for a socket without a local address.
  absl::StatusOr<endpoint> local_endpoint() const;

  /// Errors: not_connected.
  absl::StatusOr<endpoint> remote_endpoint() const;

  /// Bytes of the largest IP packet that is not cut on its way to the peer, as far as the kernel
  /// knows; nullopt where it does not tell, or without a peer.
  std::optional<std::size_t> path_mtu() const noexcept;

  /// Sets an option of the table in option_table.cc, on a udp6 socket also for
  /// IPv4-mapped addresses (ip(7), ipv6(7)). A buffer's size that the system cuts
  /// is out_of_range, with the size that is in force. Errors: those of
  /// `check_option`, unknown_interface, errno.
  absl::Status set(option id, const option_value& value);

  /// Reads an option; of `multicast_interface`, what was set last. Errors:
  /// unsupported_option, errno.
  absl::StatusOr<option_value> get(option id) const;

  /// Joins a multicast group on the interface with that index; 0 leaves the
  /// choice to the kernel's routes (RFC 3678, MCAST_JOIN_GROUP). A udp6 socket
  /// that is not `ipv6_only` takes IPv4 groups, too.
  absl::Status join(const endpoint& group, std::uint32_t interface_index);

  /// Undoes `join`.
  absl::Status leave(const endpoint& group, std::uint32_t interface_index);

  /// Whether it is a member of the group on that interface; false where the
  /// system does not tell.
  bool is_member(const endpoint& group, std::uint32_t interface_index) const noexcept;

  /// Has a `receiver` pass over IPv4 broadcasts, as sockets that share a port want
  /// it: each gets all of them. Call it before `bind`, since what is queued by then
  /// does not carry its destination. Where datagrams do not carry
  /// their destination, nothing happens.
  void ignore_broadcasts() noexcept;
  bool ignores_broadcasts() const noexcept { return ignores_broadcasts_; }

  /// Whether it is a UDP socket that was bound to the wildcard address.
  bool is_on_all_addresses() const noexcept { return is_on_all_addresses_; }

  /// Closes the descriptor and removes the file of a bound Unix path, unless
  /// another file stands there by now. Further calls do nothing.
  void close() noexcept;

  // -- datagrams --------------------------------------------------------------

  /// Sends the buffers, at most `max_buffers`, as one datagram, to the peer if
  /// `to` is null.
  send_result send(absl::Span<const payload> buffers, const endpoint* to) noexcept;

  /// Sends the messages of a plan in order, until the kernel refuses one
  /// (sendmmsg(2)).
  transmit_result send(absl::Span<const transmit> what) noexcept;

  /// Reads one datagram.
  receive_result receive(absl::Span<char> buffer) noexcept;

  /// Receives into prepared messages, one or more of them (recvmmsg(2)).
  /// Returns their number, or the negative errno. A message's length is the
  /// datagram's real size, more than the buffer holds if it was truncated.
  int receive(absl::Span<multi_message> messages) noexcept;

  /// Buffers that the kernel dropped before they could be read, mostly for lack
  /// of room, modulo 2^32 (SO_MEMINFO); nullopt where it does not report them.
  /// With `receive_offload` a buffer may hold several datagrams.
  std::optional<std::uint32_t> dropped_by_kernel() const noexcept;

  /// Reads and clears the pending error, 0 if there is none (SO_ERROR).
  int take_error() const noexcept;

  /// Whether the kernel can cut a message into datagrams (UDP_SEGMENT).
  bool supports_segmentation() const noexcept;

  // -- properties -------------------------------------------------------------

  ::dgram::family family() const noexcept { return family_; }
  int descriptor() const noexcept { return fd_.get(); }
  bool is_open() const noexcept { return static_cast<bool>(fd_); }

 private:
  socket(unique_fd fd, ::dgram::family f, const syscalls& kernel) noexcept
      : kernel_(&kernel), family_(f), fd_(std::move(fd)) {}

  /// Binds to a free port as if it had been asked for; false if that did not work.
  bool bind_to_free_port(const endpoint& local);

  /// A port that nobody had a moment ago, found by another descriptor; 0 if there is none.
  std::uint16_t free_port_of_another(const endpoint& local) const;

  /// Dissolves the association with the peer (connect(2), AF_UNSPEC); an errno, or 0.
  int forget_peer();

  /// Has datagrams carry the local address that they were sent to.
  void report_local_addresses() noexcept;

  /// Forces a buffer's size where the system's limit cut it.
  absl::Status enforce_buffer_size(const option_row& row, const option_value& value);
  std::int64_t granted_buffer_size(option id) const;

  /// What getsockname(2) returns, bound or not.
  absl::StatusOr<endpoint> kernel_name() const;

  absl::Status check_family(absl::string_view operation, const endpoint& e) const;
  absl::Status check_group(absl::string_view operation, const endpoint& group) const;
  absl::Status set(const option_call& call, option id, const option_value& value);
  absl::Status change_membership(membership_change what, const endpoint& group,
                                 std::uint32_t interface_index);

  const syscalls* kernel_;
  ::dgram::family family_;
  unique_fd fd_;
  bound_path file_;
  interface_selector multicast_interface_ = interface_selector::any();
  bool reuses_addresses_ = false;  ///< With one of these, the kernel may choose a port for the
  bool reuses_ports_ = false;      ///< socket that others of its kind use.
  bool is_on_all_addresses_ = false;
  bool ignores_broadcasts_ = false;
};

}  // namespace dgram
