#include "caf_dgram/dgram/posix/lookup.h"

#include <netdb.h>

#include <cerrno>
#include <memory>

#include "absl/strings/str_cat.h"
#include "caf_dgram/dgram/error.h"
#include "caf_dgram/dgram/quoted.h"

namespace dgram {

absl::Status check_host_name(const std::string& name) {
  constexpr std::size_t longest = 253;
  constexpr absl::string_view operation = "host name";
  if (name.empty()) return failure(errc::invalid_name, operation, quoted(name), "is empty");
  if (name.size() > longest) {
    return failure(errc::invalid_name, operation, quoted(name),
                   absl::StrCat("has ", name.size(), " bytes, at most ", longest, " are allowed"));
  }
  if (name.find('\0') != std::string::npos) {
    return failure(errc::invalid_name, operation, quoted(name), "has a NUL inside");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<endpoint>> lookup(family f, const std::string& name) {
  constexpr absl::string_view operation = "resolve";
  if (!is_udp(f)) {
    return failure(errc::wrong_family, operation, quoted(name), "Unix sockets have no host names");
  }
  if (auto status = check_host_name(name); !status.ok()) return status;
  ::addrinfo hints{};
  hints.ai_family = f == family::udp4 ? AF_INET : AF_INET6;
  hints.ai_socktype = SOCK_DGRAM;
  ::addrinfo* head = nullptr;
  const int code = ::getaddrinfo(name.c_str(), nullptr, &hints, &head);
  const int error = errno;
  const std::unique_ptr<::addrinfo, decltype(&::freeaddrinfo)> guard(head, &::freeaddrinfo);
  if (code != 0) {
    const auto reason = code == EAI_SYSTEM ? errno_text(error) : std::string(::gai_strerror(code));
    return failure(errc::name_not_resolved, operation, quoted(name),
                   absl::StrCat(reason, " (", to_string(f), ")"));
  }
  std::vector<endpoint> result;
  for (const auto* entry = head; entry != nullptr; entry = entry->ai_next) {
    if (const auto address = endpoint::from_sockaddr(entry->ai_addr, entry->ai_addrlen)) {
      result.push_back(*address);
    }
  }
  if (result.empty()) {
    return failure(errc::name_not_resolved, operation, quoted(name), "the answer was empty");
  }
  return result;
}

}  // namespace dgram
