#include "caf_dgram/actors/socket/checks.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "caf_dgram/actors/address.h"
#include "caf_dgram/actors/error.h"
#include "caf_dgram/actors/message_types.h"
#include "caf_dgram/dgram/error.h"
#include "caf_dgram/dgram/posix/system_options.h"

namespace dgram {
namespace {

absl::Status check_size(const char* operation, absl::FunctionRef<std::string()> value,
                        std::size_t size, family f) {
  if (size <= max_payload(f)) return absl::OkStatus();
  return failure(errc::payload_too_large, operation, value(),
                 absl::StrCat("a ", to_string(f), " datagram holds at most ", max_payload(f)));
}

/// The kernel adds a scope to an address, or drops it: an address without one means the same.
bool is_same(const endpoint& a, const endpoint& b) {
  if (a == b) return true;
  const bool one_lacks_scope = (a.scope_id() == 0) != (b.scope_id() == 0);
  return one_lacks_scope && a.with_scope_id(0) == b.with_scope_id(0);
}

}  // namespace

absl::Status check_terms(const subscribe& command) {
  if (!command.subscriber) {
    return failure(errc::invalid_subscriber, subscribe::operation, "", "no actor given");
  }
  return check_ranges(command);
}

absl::Status check_ranges(const subscribe& command) {
  const auto wrong = [](absl::string_view value, absl::string_view cause) {
    return failure(errc::out_of_range, subscribe::operation, value, cause);
  };
  if (command.credits < 0 && command.credits != subscribe::unlimited) {
    return wrong(absl::StrCat("with ", command.credits, " credits"), "at least 0");
  }
  if (command.backlog < 0) {
    return wrong(absl::StrCat("with a backlog of ", command.backlog), "at least 0");
  }
  if (command.datagrams > delivery::batched) {
    return wrong(absl::StrCat("with delivery ", static_cast<int>(command.datagrams)),
                 "no such kind");
  }
  if (command.beyond > excess::lose_oldest) {
    return wrong(absl::StrCat("with excess ", static_cast<int>(command.beyond)), "no such kind");
  }
  if ((command.events & event_kinds::all) != command.events) {
    return wrong(absl::StrCat("to events ", static_cast<int>(command.events)), "no such kinds");
  }
  return absl::OkStatus();
}

absl::Status check_reach(const subscribe& command, const caf::abstract_actor& self) {
  if (command.subscriber.handle().node() == self.node()) return absl::OkStatus();
  const auto missing = check_message_types(self.home_system());
  if (!missing) return absl::OkStatus();
  return failure(errc::not_registered, subscribe::operation, "an actor on another node",
                 describe(missing));
}

absl::Status prepare(send& command, family f) {
  if (command.offset != 0 || command.length != send::whole) {
    const auto size = static_cast<std::int64_t>(command.data.size());
    const bool fits = command.buffers.empty() && command.offset >= 0 && command.offset <= size &&
                      command.length >= send::whole && command.length <= size - command.offset;
    if (!fits) {
      return failure(errc::out_of_range, send::operation,
                     absl::StrCat("offset ", command.offset, " length ", command.length),
                     absl::StrCat("must lie within the buffer's ", command.data.size(), " bytes"));
    }
    const auto length = command.length == send::whole ? size - command.offset : command.length;
    command.data = command.data.slice(static_cast<std::size_t>(command.offset),
                                      static_cast<std::size_t>(length));
  }
  if (command.buffers.size() > socket::max_buffers) {
    return failure(errc::out_of_range, send::operation,
                   absl::StrCat(command.buffers.size(), " buffers"),
                   absl::StrCat("at most ", socket::max_buffers, " make one datagram"));
  }
  std::size_t size = command.data.size();
  for (const auto& part : command.buffers) size += part.size();
  return check_size(
      send::operation, [&] { return absl::StrCat(size, " bytes"); }, size, f);
}

absl::Status check_destination(const char* operation, absl::FunctionRef<std::string()> value,
                               const endpoint* peer, const endpoint* to) {
  if (peer == nullptr && to == nullptr) {
    return failure(errc::not_connected, operation, value(),
                   "no destination given and the socket is not connected");
  }
  if (peer != nullptr && to != nullptr && !is_same(*to, *peer)) {
    return failure(errc::already_connected, operation, value(),
                   absl::StrCat("the socket is connected to ", peer->to_string()));
  }
  return absl::OkStatus();
}

absl::Status check_source(const char* operation, const socket& sock, const endpoint& to,
                          const ip_address& source) {
  if (source.is_unspecified()) return absl::OkStatus();
  const auto value = [&] {
    return absl::StrCat("to ", to.to_string(), " from ", source.to_string());
  };
  if (!is_udp(to.family()) || to.in_family(family::udp4).has_value() != source.is_v4()) {
    return failure(errc::wrong_family, operation, value(),
                   "source and destination are of different families");
  }
  if (source.is_v4() && ip_pktinfo == no_such_option) {
    return failure(errc::unsupported, operation, value(),
                   "this system has no way to choose a datagram's source");
  }
  if (sock.is_on_all_addresses()) return absl::OkStatus();
  const auto local = sock.local_endpoint();
  if (!local.ok() || ip_address::of(*local) == source) return absl::OkStatus();
  return failure(errc::already_bound, operation, value(),
                 absl::StrCat("the socket is bound to ", local->to_string()));
}

absl::Status check_run(std::size_t size, family f, const endpoint* peer, const endpoint* to) {
  const auto value = [&] {
    return absl::StrCat(size, " bytes", to != nullptr ? " to " : "",
                        to != nullptr ? to->to_string() : "");
  };
  auto status = check_destination(send_batch::operation, value, peer, to);
  return status.ok() ? check_size(send_batch::operation, value, size, f) : status;
}

}  // namespace dgram
