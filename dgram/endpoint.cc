#include "caf_dgram/dgram/endpoint.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <limits>
#include <tuple>

#include "absl/hash/hash.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "caf_dgram/dgram/decimal.h"
#include "caf_dgram/dgram/error.h"
#include "caf_dgram/dgram/quoted.h"

namespace dgram {
namespace {

constexpr absl::string_view unix_prefix = "unix:";
constexpr std::size_t path_offset = offsetof(::sockaddr_un, sun_path);

#if defined(__linux__) && !defined(CAF_DGRAM_NO_LINUX_FEATURES)
constexpr bool has_abstract_names = true;
// A path may take all of `sun_path` (unix(7), BUGS).
constexpr bool needs_final_nul = false;
#else
constexpr bool has_abstract_names = false;
constexpr bool needs_final_nul = true;
#endif

/// The length of a socket address with a path, and with its final NUL if it fits.
::socklen_t length_with_path(std::size_t bytes) {
  return static_cast<::socklen_t>(std::min(path_offset + bytes + 1, sizeof(::sockaddr_un)));
}

absl::Status bad_text(errc code, absl::string_view text, absl::string_view cause) {
  return failure(code, "endpoint", quoted(text), cause);
}

/// The part of the text that was read, or why it could not be.
absl::StatusOr<endpoint> part_of(absl::string_view text, absl::StatusOr<endpoint> part) {
  if (part.ok()) return part;
  return bad_text(code_of(part.status()), text, part.status().message());
}

/// An interface's index from its name or number, 0 if there is none.
std::uint32_t scope_from(const std::string& scope) {
  if (const auto index = ::if_nametoindex(scope.c_str())) return index;
  const auto number = parse_decimal(scope).value_or(0);
  return number <= std::numeric_limits<std::uint32_t>::max() ? static_cast<std::uint32_t>(number)
                                                             : 0;
}

std::string scope_name(std::uint32_t index) {
  std::array<char, IF_NAMESIZE> name{};
  return ::if_indextoname(index, name.data()) ? std::string(name.data()) : absl::StrCat(index);
}

/// Debian's Abseil has a string_view of its own.
absl::string_view to_absl(std::string_view text) { return {text.data(), text.size()}; }
std::string_view to_std(absl::string_view text) { return {text.data(), text.size()}; }

}  // namespace

template <class Sockaddr>
void endpoint::assign(const Sockaddr& address, ::socklen_t size) noexcept {
  static_assert(sizeof(Sockaddr) <= sizeof(storage_));
  std::memcpy(storage_.data(), &address, size);
  size_ = size;
}

template <class Sockaddr>
Sockaddr endpoint::as() const noexcept {
  Sockaddr result{};
  std::memcpy(&result, storage_.data(), sizeof(result));
  return result;
}

endpoint::endpoint() noexcept {
  ::sockaddr_in address{};
  address.sin_family = AF_INET;
  assign(address);
}

absl::StatusOr<endpoint> endpoint::parse(std::string_view whole) {
  const auto text = to_absl(whole);
  if (absl::StartsWith(text, unix_prefix)) {
    const auto rest = absl::StripPrefix(text, unix_prefix);
    if (rest.empty()) return wildcard(family::unix_dgram);
    std::string path;
    if (!absl::CUnescape(rest, &path)) {
      return bad_text(errc::invalid_path, text, "malformed escape sequence");
    }
    if (rest.front() == '@') path.front() = '\0';
    return part_of(text, unix_path(path));
  }
  const auto colon = text.rfind(':');
  if (colon == absl::string_view::npos) {
    return bad_text(errc::invalid_address, text, "no port; expected ADDRESS:PORT or unix:PATH");
  }
  auto address = text.substr(0, colon);
  const auto port_text = text.substr(colon + 1);
  const auto port = parse_decimal(port_text);
  if (!port) return bad_text(errc::invalid_port, text, "the port is not a number");
  if (*port > 65'535) return bad_text(errc::invalid_port, text, "the port must be 0 to 65535");
  const bool bracketed = absl::ConsumePrefix(&address, "[") && absl::ConsumeSuffix(&address, "]");
  if (!bracketed && address.find(':') != absl::string_view::npos) {
    return bad_text(errc::invalid_address, text, "an IPv6 address needs brackets before its port");
  }
  if (bracketed && address.find(':') == absl::string_view::npos) {
    return bad_text(errc::invalid_address, text, "only an IPv6 address stands in brackets");
  }
  return part_of(text, ip(to_std(address), static_cast<std::int64_t>(*port)));
}

absl::StatusOr<endpoint> endpoint::ip(std::string_view host, std::int64_t port) {
  if (port < 0 || port > 65'535) {
    return failure(errc::invalid_port, "port", absl::StrCat(port), "must be 0 to 65535");
  }
  // inet_pton(3) and if_nametoindex(3) would not see what follows it.
  if (host.find('\0') != std::string_view::npos) {
    return failure(errc::invalid_address, "address", quoted(to_absl(host)), "has a NUL inside");
  }
  const auto percent = host.find('%');
  const std::string numbers(host.substr(0, percent));
  endpoint result;
  ::sockaddr_in v4{};
  if (percent == std::string_view::npos &&
      ::inet_pton(AF_INET, numbers.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(static_cast<std::uint16_t>(port));
    result.assign(v4);
    return result;
  }
  ::sockaddr_in6 v6{};
  if (::inet_pton(AF_INET6, numbers.c_str(), &v6.sin6_addr) != 1) {
    return failure(errc::invalid_address, "address", quoted(to_absl(host)),
                   "not an IPv4 or IPv6 address");
  }
  if (percent != std::string_view::npos) {
    v6.sin6_scope_id = scope_from(std::string(host.substr(percent + 1)));
    if (v6.sin6_scope_id == 0) {
      return failure(errc::unknown_interface, "address", quoted(to_absl(host)),
                     "its scope is no network interface");
    }
  }
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(static_cast<std::uint16_t>(port));
  result.assign(v6);
  return result;
}

endpoint endpoint::wildcard(dgram::family f, std::uint16_t port) noexcept {
  endpoint result;
  switch (f) {
    case family::udp4:
      break;
    case family::udp6: {
      ::sockaddr_in6 v6{};
      v6.sin6_family = AF_INET6;
      result.assign(v6);
      break;
    }
    case family::unix_dgram: {
      ::sockaddr_un un{};
      un.sun_family = AF_UNIX;
      result.assign(un, path_offset);
      break;
    }
  }
  return result.with_port(port);
}

endpoint endpoint::loopback(dgram::family f, std::uint16_t port) noexcept {
  auto result = wildcard(f, port);
  if (f == family::udp4) {
    auto v4 = result.as<::sockaddr_in>();
    v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    result.assign(v4);
  } else if (f == family::udp6) {
    auto v6 = result.as<::sockaddr_in6>();
    v6.sin6_addr = in6addr_loopback;
    result.assign(v6);
  }
  return result;
}

absl::StatusOr<endpoint> endpoint::unix_path(std::string_view path) {
  const auto given = quoted(to_absl(path));
  if (path.empty()) return failure(errc::invalid_path, "path", given, "is empty");
  const bool abstract = path.front() == '\0';
  if (abstract && !has_abstract_names) {
    return failure(errc::invalid_path, "path", given, "only Linux has abstract names");
  }
  ::sockaddr_un un{};
  constexpr std::size_t limit = sizeof(un.sun_path) - (needs_final_nul ? 1 : 0);
  if (path.size() > limit) {
    return failure(errc::invalid_path, "path", given,
                   absl::StrCat("has ", path.size(), " bytes, at most ", limit, " fit"));
  }
  if (!abstract && path.find('\0') != std::string_view::npos) {
    return failure(errc::invalid_path, "path", given, "has a NUL inside");
  }
  if (abstract && path.size() == 1) {
    return failure(errc::invalid_path, "path", given, "is an abstract name without a name");
  }
  un.sun_family = AF_UNIX;
  std::memcpy(un.sun_path, path.data(), path.size());
  endpoint result;
  result.assign(un, abstract ? static_cast<::socklen_t>(path_offset + path.size())
                             : length_with_path(path.size()));
  return result;
}

std::optional<endpoint> endpoint::from_sockaddr(const ::sockaddr* address,
                                                ::socklen_t length) noexcept {
  // Made where it is returned: it is large for a copy.
  std::optional<endpoint> result;
  // An unbound Unix peer's address comes with a length of 0 from recvmsg(2).
  if (length == 0) result = wildcard(family::unix_dgram);
  if (length < sizeof(::sa_family_t)) return result;
  switch (address->sa_family) {
    case AF_INET: {
      if (length < sizeof(::sockaddr_in)) break;
      ::sockaddr_in v4{};
      std::memcpy(&v4, address, sizeof(v4));
      result.emplace().assign(v4);
      break;
    }
    case AF_INET6: {
      if (length < sizeof(::sockaddr_in6)) break;
      ::sockaddr_in6 v6{};
      std::memcpy(&v6, address, sizeof(v6));
      result.emplace().assign(v6);
      break;
    }
    case AF_UNIX: {
      ::sockaddr_un un{};
      const auto size = std::min<std::size_t>(length, sizeof(un));
      std::memcpy(&un, address, size);
      if (size == path_offset) {
        result = wildcard(family::unix_dgram);
      } else if (un.sun_path[0] == '\0') {
        result.emplace().assign(un, static_cast<::socklen_t>(size));
      } else {
        // Some systems count the final NUL and what follows it, some do not.
        result.emplace().assign(un, length_with_path(::strnlen(un.sun_path, size - path_offset)));
      }
      break;
    }
    default:
      break;
  }
  return result;
}

family endpoint::family() const noexcept {
  switch (data()->sa_family) {
    case AF_INET:
      return dgram::family::udp4;
    case AF_INET6:
      return dgram::family::udp6;
    default:
      return dgram::family::unix_dgram;
  }
}

std::uint16_t endpoint::port() const noexcept {
  switch (family()) {
    case dgram::family::udp4:
      return ntohs(as<::sockaddr_in>().sin_port);
    case dgram::family::udp6:
      return ntohs(as<::sockaddr_in6>().sin6_port);
    case dgram::family::unix_dgram:
      return 0;
  }
  return 0;
}

endpoint endpoint::with_port(std::uint16_t port) const noexcept {
  endpoint result = *this;
  if (family() == dgram::family::udp4) {
    auto v4 = as<::sockaddr_in>();
    v4.sin_port = htons(port);
    result.assign(v4);
  } else if (family() == dgram::family::udp6) {
    auto v6 = as<::sockaddr_in6>();
    v6.sin6_port = htons(port);
    result.assign(v6);
  }
  return result;
}

std::string endpoint::host() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  switch (family()) {
    case dgram::family::udp4: {
      const auto v4 = as<::sockaddr_in>();
      return ::inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
    }
    case dgram::family::udp6: {
      const auto v6 = as<::sockaddr_in6>();
      std::string result = ::inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
      if (v6.sin6_scope_id != 0) absl::StrAppend(&result, "%", scope_name(v6.sin6_scope_id));
      return result;
    }
    case dgram::family::unix_dgram:
      return std::string(path());
  }
  return {};
}

std::uint32_t endpoint::scope_id() const noexcept {
  return family() == dgram::family::udp6 ? as<::sockaddr_in6>().sin6_scope_id : 0;
}

endpoint endpoint::with_scope_id(std::uint32_t index) const noexcept {
  endpoint result = *this;
  if (family() == dgram::family::udp6) {
    auto v6 = as<::sockaddr_in6>();
    v6.sin6_scope_id = index;
    result.assign(v6);
  }
  return result;
}

std::optional<endpoint> endpoint::in_family(dgram::family f) const noexcept {
  if (family() == f) return *this;
  endpoint result;
  if (family() == dgram::family::udp4 && f == dgram::family::udp6) {
    const auto v4 = as<::sockaddr_in>();
    ::sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = v4.sin_port;
    v6.sin6_addr.s6_addr[10] = v6.sin6_addr.s6_addr[11] = 0xff;
    std::memcpy(&v6.sin6_addr.s6_addr[12], &v4.sin_addr, sizeof(v4.sin_addr));
    result.assign(v6);
    return result;
  }
  if (family() == dgram::family::udp6 && f == dgram::family::udp4) {
    const auto v6 = as<::sockaddr_in6>();
    if (!IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) return std::nullopt;
    ::sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = v6.sin6_port;
    std::memcpy(&v4.sin_addr, &v6.sin6_addr.s6_addr[12], sizeof(v4.sin_addr));
    result.assign(v4);
    return result;
  }
  return std::nullopt;
}

std::string_view endpoint::path() const noexcept {
  if (family() != dgram::family::unix_dgram || size_ <= path_offset) return {};
  const char* begin = storage_.data() + path_offset;
  const std::size_t bytes = size_ - path_offset;
  return *begin == '\0' ? std::string_view(begin, bytes)
                        : std::string_view(begin, ::strnlen(begin, bytes));
}

bool endpoint::is_multicast() const noexcept {
  switch (family()) {
    case dgram::family::udp4:
      return IN_MULTICAST(ntohl(as<::sockaddr_in>().sin_addr.s_addr));
    case dgram::family::udp6: {
      const auto v6 = as<::sockaddr_in6>();
      return IN6_IS_ADDR_MULTICAST(&v6.sin6_addr);
    }
    case dgram::family::unix_dgram:
      return false;
  }
  return false;
}

bool endpoint::is_wildcard() const noexcept {
  const auto bytes = significant_bytes();
  return std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == '\0'; });
}

std::string endpoint::to_string() const {
  switch (family()) {
    case dgram::family::udp4:
      return absl::StrCat(host(), ":", port());
    case dgram::family::udp6:
      return absl::StrCat("[", host(), "]:", port());
    case dgram::family::unix_dgram:
      break;
  }
  const auto name = path();
  if (name.empty()) return std::string(unix_prefix);
  const auto rest = escaped(to_absl(name.substr(1)));
  if (name.front() == '\0') return absl::StrCat(unix_prefix, "@", rest);
  if (name.front() == '@') return absl::StrCat(unix_prefix, "\\100", rest);
  return absl::StrCat(unix_prefix, escaped(to_absl(name)));
}

const ::sockaddr* endpoint::data() const noexcept {
  return reinterpret_cast<const ::sockaddr*>(storage_.data());
}

int endpoint::compare(const endpoint& other) const noexcept {
  const auto key = [](const endpoint& e) {
    return std::make_tuple(e.family(), e.significant_bytes(), e.port(), e.scope_id());
  };
  const auto mine = key(*this);
  const auto theirs = key(other);
  if (mine == theirs) return 0;
  return mine < theirs ? -1 : 1;
}

std::string_view endpoint::significant_bytes() const noexcept {
  switch (family()) {
    case dgram::family::udp4:
      return {storage_.data() + offsetof(::sockaddr_in, sin_addr), sizeof(::in_addr)};
    case dgram::family::udp6:
      return {storage_.data() + offsetof(::sockaddr_in6, sin6_addr), sizeof(::in6_addr)};
    case dgram::family::unix_dgram:
      return path();
  }
  return {};
}

}  // namespace dgram

std::size_t std::hash<dgram::endpoint>::operator()(const dgram::endpoint& e) const noexcept {
  return absl::Hash<dgram::endpoint>{}(e);
}
