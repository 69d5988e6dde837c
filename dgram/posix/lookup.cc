#include "caf_dgram/dgram/posix/lookup.h"

#include <arpa/inet.h>
#include <netdb.h>

#include <cerrno>
#include <memory>

#include "absl/strings/str_cat.h"
#include "caf_dgram/dgram/error.h"
#include "caf_dgram/dgram/quoted.h"

namespace dgram {
namespace {

/// Forms of an IPv4 address that getaddrinfo(3) takes and inet_pton(3) does not: "127.1",
/// "0x7f.1", and "010.0.0.1", which is 8.0.0.1.
bool is_unusual_ipv4(const std::string& name) {
  ::in_addr ignored{};
  return ::inet_aton(name.c_str(), &ignored) != 0 &&
         ::inet_pton(AF_INET, name.c_str(), &ignored) != 1;
}

}  // namespace

absl::Status check_host_name(const std::string& name) {
  constexpr std::size_t longest = 253;
  constexpr absl::string_view operation = "host name";
  if (name.empty()) return failure(errc::invalid_name, operation, dgram::quoted(name), "is empty");
  if (name.size() > longest) {
    return failure(errc::invalid_name, operation, dgram::quoted(name),
                   absl::StrCat("has ", name.size(), " bytes, at most ", longest, " are allowed"));
  }
  if (name.find('\0') != std::string::npos) {
    return failure(errc::invalid_name, operation, dgram::quoted(name), "has a NUL inside");
  }
  if (is_unusual_ipv4(name)) {
    return failure(errc::invalid_name, operation, dgram::quoted(name),
                   "an IPv4 address is four decimal numbers without leading zeros");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<endpoint>> lookup(family f, const std::string& name) {
  constexpr absl::string_view operation = "resolve";
  if (!is_udp(f)) {
    return failure(errc::wrong_family, operation, dgram::quoted(name),
                   "Unix sockets have no host names");
  }
  if (auto status = check_host_name(name); !status.ok()) return status;
  ::addrinfo hints{};
  hints.ai_family = f == family::udp4 ? AF_INET : AF_INET6;
  hints.ai_socktype = SOCK_DGRAM;
  // A host without IPv6 address is reached by its IPv4 address.
  if (f == family::udp6) hints.ai_flags = AI_V4MAPPED;
  ::addrinfo* head = nullptr;
  const int code = ::getaddrinfo(name.c_str(), nullptr, &hints, &head);
  const int error = errno;
  const std::unique_ptr<::addrinfo, decltype(&::freeaddrinfo)> guard(head, &::freeaddrinfo);
  if (code != 0) {
    const auto reason = code == EAI_SYSTEM ? errno_text(error) : std::string(::gai_strerror(code));
    return failure(errc::name_not_resolved, operation, dgram::quoted(name),
                   absl::StrCat(reason, " (", to_string(f), ")"));
  }
  std::vector<endpoint> result;
  for (const auto* entry = head; entry != nullptr; entry = entry->ai_next) {
    if (const auto address = endpoint::from_sockaddr(entry->ai_addr, entry->ai_addrlen)) {
      result.push_back(*address);
    }
  }
  if (result.empty()) {
    return failure(errc::name_not_resolved, operation, dgram::quoted(name), "the answer was empty");
  }
  return result;
}

}  // namespace dgram
