#include "caf_dgram/dgram/posix/socket.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#ifdef __linux__
#include <linux/sock_diag.h>
#endif
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "caf_dgram/dgram/error.h"
#include "caf_dgram/dgram/posix/control_message.h"

namespace dgram {
namespace {

int domain_of(family f) {
  switch (f) {
    case family::udp4:
      return AF_INET;
    case family::udp6:
      return AF_INET6;
    case family::unix_dgram:
      return AF_UNIX;
  }
  return AF_UNSPEC;
}

/// Repeats a call that a signal interrupted.
template <class Call>
auto uninterrupted(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

absl::StatusOr<unique_fd> open_descriptor(family f, const syscalls& kernel) {
#ifdef SOCK_CLOEXEC
  unique_fd fd(kernel.socket(domain_of(f), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return system_failure("open", to_string(f), errno);
#else
  unique_fd fd(kernel.socket(domain_of(f), SOCK_DGRAM, 0));
  if (!fd || ::fcntl(fd.get(), F_SETFD, FD_CLOEXEC) < 0 ||
      ::fcntl(fd.get(), F_SETFL, O_NONBLOCK) < 0) {
    return system_failure("open", to_string(f), errno);
  }
#endif
  return fd;
}

/// Whether a socket's file stands at the path, with no socket behind it: only
/// then does connect(2) answer ECONNREFUSED.
bool is_stale(const endpoint& path, const syscalls& kernel) {
  const auto probe = open_descriptor(family::unix_dgram, kernel);
  if (!probe.ok()) return false;
  struct ::stat found {};
  return ::lstat(std::string(path.path()).c_str(), &found) == 0 && S_ISSOCK(found.st_mode) &&
         kernel.connect(probe->get(), path.data(), path.size()) != 0 && errno == ECONNREFUSED;
}

}  // namespace

absl::StatusOr<socket> socket::open(::dgram::family f, const syscalls& kernel) {
  auto fd = open_descriptor(f, kernel);
  if (!fd.ok()) return fd.status();
  socket result(*std::move(fd), f, kernel);
  // Systems without the option behave so anyway.
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
  if (kernel_->bind(fd_.get(), local.data(), local.size()) != 0) {
    return system_failure("bind", local.to_string(), errno);
  }
  remember_file(local);
  return absl::OkStatus();
}

absl::Status socket::bind_replacing_stale_path(const endpoint& local) {
  auto status = bind(local);
  const bool has_file = !local.path().empty() && local.path().front() != '\0';
  if (errno_of(status) != EADDRINUSE || !has_file || !is_stale(local, *kernel_)) return status;
  if (::unlink(std::string(local.path()).c_str()) != 0) {
    return system_failure("bind", local.to_string(), errno);
  }
  return bind(local);
}

void socket::remember_file(const endpoint& local) {
  if (local.path().empty() || local.path().front() == '\0') return;
  std::error_code ignored;
  // Absolute, so that a later chdir(2) does not lead `close` elsewhere.
  auto path = std::filesystem::absolute(std::string(local.path()), ignored).string();
  struct ::stat found {};
  if (::lstat(path.c_str(), &found) != 0) return;
  file_ = {std::move(path), found.st_dev, found.st_ino};
}

void socket::close() noexcept {
  if (!fd_) return;
  if (!file_.path.empty()) {
    struct ::stat found {};
    if (::lstat(file_.path.c_str(), &found) == 0 && found.st_dev == file_.device &&
        found.st_ino == file_.inode) {
      ::unlink(file_.path.c_str());
    }
    file_.path.clear();
  }
  fd_.reset();
}

absl::Status socket::connect(const endpoint& peer) {
  if (auto status = check_family("connect", peer); !status.ok()) return status;
  const auto call = [&] { return kernel_->connect(fd_.get(), peer.data(), peer.size()); };
  if (uninterrupted(call) != 0) return system_failure("connect", peer.to_string(), errno);
  return absl::OkStatus();
}

absl::Status socket::disconnect() {
  const auto local = local_endpoint();
  ::sockaddr unspecified{};
  unspecified.sa_family = AF_UNSPEC;
  // Some systems report EAFNOSUPPORT although the peer is gone.
  if (kernel_->connect(fd_.get(), &unspecified, sizeof(unspecified)) != 0 &&
      errno != EAFNOSUPPORT) {
    return system_failure("disconnect", "", errno);
  }
  if (!local.ok() || !is_udp(family_)) return absl::OkStatus();
  const auto kept = kernel_name();
  if (!kept.ok() || kept->port() != 0) return kept.status();
  // Linux gives up a port that it chose itself: take it again, on the address
  // that it was bound to.
  return bind(kept->with_port(local->port()));
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
  const auto& call = row_of(id).call(family_);
  const auto operation = absl::StrCat("set ", to_string(id));
  int integer = value.which() == option_value::kind::flag ? static_cast<int>(value.as_bool())
                                                          : static_cast<int>(value.as_number());
  auto byte = static_cast<unsigned char>(integer);
  ::ip_mreqn interface {};
  const void* data = &integer;
  ::socklen_t size = sizeof(integer);
  switch (call.encoding) {
    case option_encoding::none:
    case option_encoding::integer:
      break;
    case option_encoding::byte:
      data = &byte;
      size = sizeof(byte);
      break;
    case option_encoding::ipv4_interface:
    case option_encoding::interface_index: {
      if (value.as_interface().which() != interface_selector::kind::any) {
        const auto found = find_interface(value.as_interface(), family_);
        if (!found.ok()) {
          return failure(code_of(found.status()), operation, value.to_string(),
                         found.status().message());
        }
        integer = static_cast<int>(found->index);
        interface.imr_ifindex = integer;
        // getsockopt(2) reports nothing but this address, so that it has to be
        // given although the index alone would do.
        for (const auto& address : found->addresses) {
          if (address.family() != family::udp4) continue;
          interface.imr_address = reinterpret_cast<const ::sockaddr_in*>(address.data())->sin_addr;
          break;
        }
      }
      if (call.encoding == option_encoding::ipv4_interface) {
        data = &interface;
        size = sizeof(interface);
      }
      break;
    }
  }
  if (kernel_->setsockopt(fd_.get(), call.level, call.name, data, size) != 0) {
    return system_failure(operation, value.to_string(), errno);
  }
  return absl::OkStatus();
}

absl::StatusOr<option_value> socket::get(option id) const {
  if (auto status = check_support("get", id, "", family_); !status.ok()) return status;
  const auto& row = row_of(id);
  const auto& call = row.call(family_);
  const auto operation = absl::StrCat("get ", row.name);
  int integer = 0;
  unsigned char byte = 0;
  ::in_addr address{};
  void* data = &integer;
  ::socklen_t size = sizeof(integer);
  if (call.encoding == option_encoding::byte) {
    data = &byte;
    size = sizeof(byte);
  } else if (call.encoding == option_encoding::ipv4_interface) {
    data = &address;
    size = sizeof(address);
  }
  if (kernel_->getsockopt(fd_.get(), call.level, call.name, data, &size) != 0) {
    return system_failure(operation, "", errno);
  }
  switch (call.encoding) {
    case option_encoding::none:
    case option_encoding::integer:
      break;
    case option_encoding::byte:
      integer = byte;
      break;
    case option_encoding::ipv4_interface: {
      ::sockaddr_in v4{};
      v4.sin_family = AF_INET;
      v4.sin_addr = address;
      const auto own =
          endpoint::from_sockaddr(reinterpret_cast<const ::sockaddr*>(&v4), sizeof(v4));
      return option_value(own->is_wildcard() ? interface_selector::any()
                                             : interface_selector(own->address()));
    }
    case option_encoding::interface_index:
      return option_value(integer == 0
                              ? interface_selector::any()
                              : interface_selector::index(static_cast<std::uint32_t>(integer)));
  }
  return row.type == option_value::kind::flag ? option_value(integer != 0) : option_value(integer);
}

absl::Status socket::change_membership(absl::string_view operation, int name, const endpoint& group,
                                       std::uint32_t interface_index) {
  if (auto status = check_family(operation, group); !status.ok()) return status;
  ::group_req request{};
  request.gr_interface = interface_index;
  std::memcpy(&request.gr_group, group.data(), group.size());
  const int level = family_ == family::udp6 ? IPPROTO_IPV6 : IPPROTO_IP;
  if (kernel_->setsockopt(fd_.get(), level, name, &request, sizeof(request)) == 0) {
    return absl::OkStatus();
  }
  const int error = errno;
  const auto value = interface_index == 0
                         ? group.address()
                         : absl::StrCat(group.address(), " on interface ", interface_index);
  return system_failure(operation, value, error);
}

absl::Status socket::join(const endpoint& group, std::uint32_t interface_index) {
  return change_membership("add membership", MCAST_JOIN_GROUP, group, interface_index);
}

absl::Status socket::leave(const endpoint& group, std::uint32_t interface_index) {
  return change_membership("drop membership", MCAST_LEAVE_GROUP, group, interface_index);
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

/// A transmit as the kernel wants it. Refers to both arguments.
::msghdr header_of(const transmit& what, control_writer& control) {
  ::msghdr message{};
  message.msg_iov = const_cast<::iovec*>(what.parts.data());
  message.msg_iovlen = what.parts.size();
  if (what.to != nullptr) {
    message.msg_name = const_cast<::sockaddr*>(what.to->data());
    message.msg_namelen = what.to->size();
  }
  if (what.count > 1) control.add_segment_size(static_cast<std::uint16_t>(what.segment_size));
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
  std::array<::mmsghdr, transmit_plan::max_transmits> messages;  // NOLINT: filled as far as used
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
    // A refusal behind the first is not told now, but by the next call.
    if (sent < 0) {
      result.error = errno;
      break;
    }
    result.taken += static_cast<std::size_t>(sent);
    if (static_cast<std::size_t>(sent) < count && what[result.taken].to == nullptr &&
        family_ == family::unix_dgram) {
      // The connected peer's queue is full, of which another call would only say
      // the same. If it was something else, the poller has room at once.
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

int socket::receive(absl::Span<::mmsghdr> messages) noexcept {
  const auto got = uninterrupted([&] {
    return kernel_->recvmmsg(fd_.get(), messages.data(), static_cast<unsigned>(messages.size()),
                             MSG_TRUNC);
  });
  return got < 0 ? -errno : got;
}

std::optional<std::uint32_t> socket::dropped_by_kernel() const noexcept {
#ifdef SO_MEMINFO
  std::array<std::uint32_t, SK_MEMINFO_VARS> values{};
  ::socklen_t size = sizeof(values);
  if (kernel_->getsockopt(fd_.get(), SOL_SOCKET, SO_MEMINFO, values.data(), &size) == 0 &&
      size > SK_MEMINFO_DROPS * sizeof(std::uint32_t)) {
    return values[SK_MEMINFO_DROPS];
  }
#endif
  return std::nullopt;
}

int socket::take_error() const noexcept {
  int error = 0;
  ::socklen_t size = sizeof(error);
  const auto done = kernel_->getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  return done == 0 ? error : errno;
}

bool socket::supports_segmentation() const noexcept {
#ifdef UDP_SEGMENT
  int size = 0;
  ::socklen_t length = sizeof(size);
  return is_udp(family_) &&
         kernel_->getsockopt(fd_.get(), IPPROTO_UDP, UDP_SEGMENT, &size, &length) == 0;
#else
  return false;
#endif
}

}  // namespace dgram
