#include "caf_dgram/dgram/posix/socket.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>

#include "absl/strings/str_cat.h"
#include "caf_dgram/dgram/error.h"
#include "caf_dgram/dgram/posix/control_message.h"
#include "caf_dgram/dgram/posix/link_local.h"
#include "caf_dgram/dgram/posix/open_descriptor.h"
#include "caf_dgram/dgram/posix/option_codec.h"
#include "caf_dgram/dgram/posix/option_table.h"
#include "caf_dgram/dgram/posix/path_lock.h"
#include "caf_dgram/dgram/posix/queue_drops.h"
#include "caf_dgram/dgram/posix/system_options.h"
#include "caf_dgram/dgram/posix/usual_cause.h"

namespace dgram {
namespace {

/// Repeats a call that a signal interrupted.
template <class Call>
auto uninterrupted(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

/// Whether the system does not have an option that others have.
bool is_missing(const absl::Status& status) {
#ifdef __linux__
  return errno_of(status) == ENOPROTOOPT;
#else
  return errno_of(status) == ENOPROTOOPT || errno_of(status) == EINVAL ||
         code_of(status) == errc::unknown_interface;
#endif
}

/// Whether the kernel ignores the address's scope: it heeds those of link-local addresses only,
/// for others the interface has to be given apart (ipv6(7), IPV6_PKTINFO).
bool needs_interface(const endpoint& to) noexcept {
  return to.scope_id() != 0 && !is_link_local(to);
}

}  // namespace

absl::StatusOr<socket> socket::open(::dgram::family f, const syscalls& kernel) {
  auto fd = open_descriptor(f, kernel);
  if (!fd.ok()) return fd.status();
  socket result(*std::move(fd), f, kernel);
  // Systems without the option behave like this anyway.
  if (row_of(option::multicast_all).call(f).encoding != option_encoding::none) {
    result.set(option::multicast_all, false).IgnoreError();
  }
  return result;
}

socket& socket::operator=(socket&& other) noexcept {
  if (this != &other) {
    close();
    kernel_ = other.kernel_;
    family_ = other.family_;
    fd_ = std::move(other.fd_);
    file_ = std::move(other.file_);
    multicast_interface_ = std::move(other.multicast_interface_);
    reuses_addresses_ = other.reuses_addresses_;
    reuses_ports_ = other.reuses_ports_;
    is_on_all_addresses_ = other.is_on_all_addresses_;
    ignores_broadcasts_ = other.ignores_broadcasts_;
  }
  return *this;
}

socket::~socket() { close(); }

absl::Status socket::check_family(absl::string_view operation, const endpoint& e) const {
  if (e.family() == family_) return absl::OkStatus();
  return failure(errc::wrong_family, operation, e.to_string(),
                 absl::StrCat("not an address of a ", to_string(family_), " socket"));
}

absl::Status socket::bind(const endpoint& local) {
  if (auto status = check_family("bind", local); !status.ok()) return status;
  // Others know the address that they are asked at.
  const bool is_all = is_udp(family_) && ip_address::of(local).is_unspecified();
  if (is_all || ignores_broadcasts_) report_local_addresses();
  const bool is_bound = (is_udp(family_) && local.port() == 0 && bind_to_free_port(local)) ||
                        kernel_->bind(fd_.get(), local.data(), local.size()) == 0;
  if (!is_bound) {
    const int error = errno;
    return system_failure("bind", local.to_string(), error, usual_cause_of_bind(error, local));
  }
  is_on_all_addresses_ = is_all;
  file_ = bound_path(local);
  return absl::OkStatus();
}

bool socket::bind_to_free_port(const endpoint& local) {
  // Linux gives up a port that it chose itself when the socket is disconnected. It keeps one
  // that was asked for.
  constexpr int tries = 8;
  const bool asks_another = reuses_addresses_ || reuses_ports_;
  for (int i = 0; i < tries; ++i) {
    auto wanted = local;
    if (asks_another) {
      const auto free = free_port_of_another(local);
      if (free == 0) return false;
      wanted = local.with_port(free);
    } else {
      if (kernel_->bind(fd_.get(), local.data(), local.size()) != 0) return false;
      const auto chosen = kernel_name();
      // What cannot be undone stays the kernel's choice.
      if (!chosen.ok() || forget_peer() != 0) return true;
      wanted = local.with_port(chosen->port());
    }
    if (kernel_->bind(fd_.get(), wanted.data(), wanted.size()) == 0) return true;
    // Other systems than Linux do not give it up.
    if (!asks_another && errno == EINVAL) return true;
    // Other programs may be faster.
    if (errno != EADDRINUSE) return false;
  }
  return false;
}

std::uint16_t socket::free_port_of_another(const endpoint& local) const {
  auto probe = open_descriptor(family_, *kernel_);
  if (!probe.ok()) return 0;
  socket finder(*std::move(probe), family_, *kernel_);
  const auto is_v6_only = family_ == family::udp6 ? get(option::ipv6_only) : option_value(false);
  if (is_v6_only.ok() && is_v6_only->as_bool()) {
    finder.set(option::ipv6_only, true).IgnoreError();
  }
  if (kernel_->bind(finder.descriptor(), local.data(), local.size()) != 0) return 0;
  const auto chosen = finder.kernel_name();
  return chosen.ok() ? chosen->port() : 0;
}

int socket::forget_peer() {
  ::sockaddr unspecified{};
  unspecified.sa_family = AF_UNSPEC;
  // Some systems report EAFNOSUPPORT although the peer is gone.
  const bool is_done = kernel_->connect(fd_.get(), &unspecified, sizeof(unspecified)) == 0;
  return is_done || errno == EAFNOSUPPORT ? 0 : errno;
}

absl::Status socket::bind_replacing_stale_path(const endpoint& local) {
  auto status = bind(local);
  if (errno_of(status) != EADDRINUSE) return status;
  const std::string path(local.path());
  if (path.empty() || path.front() == '\0') return status;
  const path_lock lock(path);
  if (!lock.is_held()) {
    const bool is_others = lock.error() == EWOULDBLOCK;
    return system_failure("bind", local.to_string(), is_others ? EADDRINUSE : lock.error(),
                          is_others ? "another program is taking a path of the directory over"
                                    : "the directory cannot be locked");
  }
  if (const int error = bound_path::remove_stale(local, *kernel_)) {
    return system_failure("bind", local.to_string(), error);
  }
  return bind(local);
}

void socket::close() noexcept {
  if (!fd_) return;
  file_.unlink();
  fd_.reset();
}

absl::Status socket::connect(const endpoint& peer) {
  if (auto status = check_family("connect", peer); !status.ok()) return status;
  if (needs_interface(peer)) {
    return failure(errc::invalid_address, "connect", peer.to_string(),
                   "the kernel ignores the scope of this address; connect without it");
  }
  const auto call = [&] { return kernel_->connect(fd_.get(), peer.data(), peer.size()); };
  if (uninterrupted(call) == 0) return absl::OkStatus();
  const int error = errno;
  return system_failure("connect", peer.to_string(), error, usual_cause_of_send(error, peer));
}

absl::Status socket::disconnect() {
  const auto local = local_endpoint();
  if (const int error = forget_peer(); error != 0) return system_failure("disconnect", "", error);
  if (!local.ok() || !is_udp(family_)) return absl::OkStatus();
  const auto kept = kernel_name();
  if (!kept.ok() || kept->port() != 0) return kept.status();
  // The port was the kernel's choice (see `bind_to_free_port`), and is given up.
  auto status = bind(kept->with_port(local->port()));
  if (status.ok()) return status;
  return system_failure("disconnect", local->to_string(), errno_of(status),
                        "the kernel gave the port up; the socket is not bound any more");
}

absl::StatusOr<endpoint> socket::kernel_name() const {
  ::sockaddr_storage storage{};
  ::socklen_t length = sizeof(storage);
  auto* address = reinterpret_cast<::sockaddr*>(&storage);
  if (kernel_->getsockname(fd_.get(), address, &length) != 0) {
    return system_failure("get local address", "", errno);
  }
  return endpoint::from_sockaddr(address, length).value_or(endpoint::wildcard(family_));
}

absl::StatusOr<endpoint> socket::local_endpoint() const {
  auto local = kernel_name();
  if (!local.ok()) return local;
  const bool bound = is_udp(family_) ? local->port() != 0 : !local->path().empty();
  if (!bound) return failure(errc::not_bound, "get local address", "", "the socket is not bound");
  return local;
}

std::optional<std::size_t> socket::path_mtu() const noexcept {
  if (!is_udp(family_)) return std::nullopt;
  const bool is_ipv4 = family_ == family::udp4;
  const int name = is_ipv4 ? ip_mtu : ipv6_mtu;
  int bytes = 0;
  ::socklen_t size = sizeof(bytes);
  if (name == no_such_option ||
      kernel_->getsockopt(fd_.get(), is_ipv4 ? IPPROTO_IP : IPPROTO_IPV6, name, &bytes, &size) !=
          0 ||
      bytes <= 0) {
    return std::nullopt;
  }
  return static_cast<std::size_t>(bytes);
}

absl::StatusOr<endpoint> socket::remote_endpoint() const {
  ::sockaddr_storage storage{};
  ::socklen_t length = sizeof(storage);
  auto* address = reinterpret_cast<::sockaddr*>(&storage);
  if (kernel_->getpeername(fd_.get(), address, &length) != 0) {
    if (errno == ENOTCONN) {
      return failure(errc::not_connected, "get remote address", "", "the socket is not connected");
    }
    return system_failure("get remote address", "", errno);
  }
  const auto peer = endpoint::from_sockaddr(address, length);
  if (!peer) return system_failure("get remote address", "", EAFNOSUPPORT);
  return *peer;
}

absl::Status socket::set(option id, const option_value& value) {
  if (auto status = check_option(id, value, family_); !status.ok()) return status;
  const auto& row = row_of(id);
  auto status = set(row.call(family_), id, value);
  if (status.ok() && family_ == family::udp6) {
    status = set(row.call_for_mapped(), id, value);
    // Not every system has them for an IPv6 socket, and an interface may lack IPv4.
    if (is_missing(status)) status = absl::OkStatus();
  }
  if (!status.ok()) return status;
  if (id == option::multicast_interface) multicast_interface_ = value.as_interface();
  if (id == option::reuse_address) reuses_addresses_ = value.as_bool();
  if (id == option::reuse_port) reuses_ports_ = value.as_bool();
  if (row.sets_a_buffer()) return enforce_buffer_size(row, value);
  return status;
}

absl::Status socket::enforce_buffer_size(const option_row& row, const option_value& value) {
  const auto wanted = value.as_number();
  auto granted = granted_buffer_size(row.id);
  if (granted >= wanted) return absl::OkStatus();
  // Those who may (capabilities(7), CAP_NET_ADMIN) exceed the system's limit.
  const auto call = option_call{option_encoding::integer, SOL_SOCKET, row.forced};
  if (row.forced != no_such_option && set(call, row.id, value).ok()) {
    granted = granted_buffer_size(row.id);
    if (granted >= wanted) return absl::OkStatus();
  }
  return failure(
      errc::out_of_range, absl::StrCat("set ", to_string(row.id)), value.to_string(),
      absl::StrCat(
          "the system grants ", granted, ", which is in force (",
          row.id == option::receive_buffer_size ? "net.core.rmem_max" : "net.core.wmem_max", ")"));
}

std::int64_t socket::granted_buffer_size(option id) const {
#ifdef __linux__
  constexpr std::int64_t reported = 2;  // socket(7): for the kernel's own bookkeeping.
#else
  constexpr std::int64_t reported = 1;
#endif
  const auto size = get(id);
  return size.ok() ? size->as_number() / reported : 0;
}

absl::Status socket::set(const option_call& call, option id, const option_value& value) {
  if (call.encoding == option_encoding::none) return absl::OkStatus();
  const auto operation = absl::StrCat("set ", to_string(id));
  const auto encoded = encode(call.encoding, value, family_);
  if (!encoded.ok()) {
    return failure(code_of(encoded.status()), operation, value.to_string(),
                   encoded.status().message());
  }
  if (kernel_->setsockopt(fd_.get(), call.level, call.name, encoded->data(), encoded->size()) !=
      0) {
    const int error = errno;
    return system_failure(operation, value.to_string(), error);
  }
  return absl::OkStatus();
}

absl::StatusOr<option_value> socket::get(option id) const {
  if (auto status = check_support("get", id, "", family_); !status.ok()) return status;
  // The kernel does not tell it, or only by an address.
  if (id == option::multicast_interface) return option_value(multicast_interface_);
  const auto& row = row_of(id);
  const auto& call = row.call(family_);
  auto written = room_for(call.encoding);
  auto size = written.size();
  if (kernel_->getsockopt(fd_.get(), call.level, call.name, written.data(), &size) != 0) {
    const int error = errno;
    return system_failure(absl::StrCat("get ", to_string(id)), "", error);
  }
  return decode(call.encoding, row.type, written);
}

absl::Status socket::change_membership(membership_change what, const endpoint& group,
                                       std::uint32_t interface_index) {
  const auto* operation = what == membership_change::join ? "add membership" : "drop membership";
  if (auto status = check_group(operation, group); !status.ok()) return status;
  const int error = dgram::change_membership(*kernel_, fd_.get(), what, group, interface_index);
  if (error == 0) return absl::OkStatus();
  const auto value = interface_index == 0
                         ? group.host()
                         : absl::StrCat(group.host(), " on interface ", interface_index);
  const bool is_limit = error == ENOBUFS && group.family() == family::udp4;
  return system_failure(operation, value, error,
                        is_limit ? "net.ipv4.igmp_max_memberships limits groups a socket" : "");
}

absl::Status socket::check_group(absl::string_view operation, const endpoint& group) const {
  if (family_ != family::udp6 || group.family() != family::udp4) {
    return check_family(operation, group);
  }
  const auto only = get(option::ipv6_only);
  if (!only.ok() || !only->as_bool()) return only.status();
  return failure(errc::wrong_family, operation, group.host(), "the socket is ipv6_only");
}

bool socket::is_member(const endpoint& group, std::uint32_t interface_index) const noexcept {
  return dgram::is_member(*kernel_, fd_.get(), group, interface_index);
}

absl::Status socket::join(const endpoint& group, std::uint32_t interface_index) {
  return change_membership(membership_change::join, group, interface_index);
}

absl::Status socket::leave(const endpoint& group, std::uint32_t interface_index) {
  return change_membership(membership_change::leave, group, interface_index);
}

send_result socket::send(absl::Span<const payload> buffers, const endpoint* to) noexcept {
  // One datagram is nearly always one buffer, sometimes a header and a body;
  // more are gathered on the thread's stack.
  std::array<::iovec, max_buffers> parts;  // NOLINT: filled below as far as it is used
  if (buffers.size() > parts.size()) return {EMSGSIZE, 0};
  std::size_t size = 0;
  for (std::size_t i = 0; i < buffers.size(); ++i) {
    parts[i] = {const_cast<char*>(buffers[i].data()), buffers[i].size()};
    size += buffers[i].size();
  }
  const transmit one{{parts.data(), buffers.size()}, to, size, 1};
  const auto result = send(absl::MakeConstSpan(&one, 1));
  return {result.error, result.taken == 1 ? size : 0};
}

namespace {

/// The header of a transmit. Refers to both arguments.
::msghdr header_of(const transmit& what, control_writer& control) {
  ::msghdr message{};
  message.msg_iov = const_cast<::iovec*>(what.parts.data());
  message.msg_iovlen = what.parts.size();
  if (what.to != nullptr) {
    message.msg_name = const_cast<::sockaddr*>(what.to->data());
    message.msg_namelen = what.to->size();
  }
  if (what.count > 1) control.add_segment_size(static_cast<std::uint16_t>(what.segment_size));
  const auto index = what.to != nullptr && needs_interface(*what.to) ? what.to->scope_id() : 0;
  control.add_source(what.from, index);
  control.attach_to(message);
  return message;
}

}  // namespace

transmit_result socket::send(absl::Span<const transmit> what) noexcept {
  if (what.size() == 1) {
    control_writer control;
    const auto message = header_of(what.front(), control);
    const auto sent =
        uninterrupted([&] { return kernel_->sendmsg(fd_.get(), &message, MSG_NOSIGNAL); });
    return sent < 0 ? transmit_result{0, errno} : transmit_result{1, 0};
  }
  std::array<multi_message, transmit_plan::max_transmits> messages;  // NOLINT: filled as used
  std::array<control_writer, transmit_plan::max_transmits> controls;
  transmit_result result;
  while (result.taken < what.size()) {
    const auto count = std::min(messages.size(), what.size() - result.taken);
    for (std::size_t i = 0; i < count; ++i) {
      controls[i] = {};
      messages[i] = {header_of(what[result.taken + i], controls[i]), 0};
    }
    const auto sent = uninterrupted([&] {
      return kernel_->sendmmsg(fd_.get(), messages.data(), static_cast<unsigned>(count),
                               MSG_NOSIGNAL);
    });
    // The kernel reports a refusal behind the first message only at the next
    // call.
    if (sent < 0) {
      result.error = errno;
      break;
    }
    result.taken += static_cast<std::size_t>(sent);
    if (static_cast<std::size_t>(sent) < count && what[result.taken].to == nullptr &&
        family_ == family::unix_dgram) {
      // The connected peer's queue is full, and another call would only fail.
      // If the cause is another, the poller reports the socket writable at
      // once.
      result.error = EAGAIN;
      break;
    }
  }
  return result;
}

receive_result socket::receive(absl::Span<char> buffer) noexcept {
  ::sockaddr_storage storage;  // NOLINT: the kernel fills it
  ::iovec part{buffer.data(), buffer.size()};
  ::msghdr message{};
  message.msg_name = &storage;
  message.msg_namelen = sizeof(storage);
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  // With MSG_TRUNC the call returns the real size of a datagram that was cut.
  const auto got = uninterrupted([&] { return kernel_->recvmsg(fd_.get(), &message, MSG_TRUNC); });
  receive_result result;
  if (got < 0) {
    result.error = errno;
    return result;
  }
  result.size = static_cast<std::size_t>(got);
  result.stored = std::min(result.size, buffer.size());
  const auto* address = reinterpret_cast<const ::sockaddr*>(&storage);
  result.sender =
      endpoint::from_sockaddr(address, message.msg_namelen).value_or(endpoint::wildcard(family_));
  return result;
}

int socket::receive(absl::Span<multi_message> messages) noexcept {
  const auto got = uninterrupted([&] {
    return kernel_->recvmmsg(fd_.get(), messages.data(), static_cast<unsigned>(messages.size()),
                             MSG_TRUNC);
  });
  return got < 0 ? -errno : got;
}

void socket::report_local_addresses() noexcept {
  const int on = 1;
  // Without it the local address of a datagram is not known.
  if (ip_pktinfo != no_such_option) {
    kernel_->setsockopt(fd_.get(), IPPROTO_IP, ip_pktinfo, &on, sizeof(on));
  }
  if (family_ == family::udp6) {
    kernel_->setsockopt(fd_.get(), IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on));
  }
}

void socket::ignore_broadcasts() noexcept { ignores_broadcasts_ = true; }

std::optional<std::uint32_t> socket::dropped_by_kernel() const noexcept {
  return queue_drops(*kernel_, fd_.get());
}

int socket::take_error() const noexcept {
  int error = 0;
  ::socklen_t size = sizeof(error);
  const auto done = kernel_->getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  return done == 0 ? error : errno;
}

bool socket::supports_segmentation() const noexcept {
  int size = 0;
  ::socklen_t length = sizeof(size);
  return is_udp(family_) && udp_segment != no_such_option &&
         kernel_->getsockopt(fd_.get(), IPPROTO_UDP, udp_segment, &size, &length) == 0;
}

}  // namespace dgram
