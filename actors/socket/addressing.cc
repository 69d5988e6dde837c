#include "caf_dgram/actors/socket/addressing.h"

#include "absl/strings/str_cat.h"
#include "caf_dgram/actors/error.h"

namespace dgram {

void addressing::publish_to(subscribers& audience) {
  audience_ = &audience;
  if (const auto local = socket_.local_endpoint(); bound_ && local.ok()) {
    audience.publish(listening_event{*local});
  }
  if (const auto to = peer()) audience.publish(connect_event{*to});
}

absl::StatusOr<endpoint> addressing::bind(const endpoint& local, bool replace_stale_path) {
  const auto status =
      replace_stale_path ? socket_.bind_replacing_stale_path(local) : socket_.bind(local);
  if (!status.ok()) return status;
  bound_ = true;
  auto actual = socket_.local_endpoint();
  if (!actual.ok()) return actual;
  census_.rename(absl::StrCat(to_string(socket_.family()), " ", actual->to_string()));
  if (audience_ != nullptr) audience_->publish(listening_event{*actual});
  return actual;
}

absl::Status addressing::bind_implicitly() {
  if (bound_ || !is_udp(socket_.family())) return absl::OkStatus();
  return bind(endpoint::wildcard(socket_.family()), false).status();
}

absl::StatusOr<endpoint> addressing::connect(const endpoint& peer) {
  if (auto status = bind_implicitly(); !status.ok()) return status;
  if (auto status = socket_.connect(peer); !status.ok()) return status;
  connected_ = true;
  auto actual = socket_.remote_endpoint();
  if (actual.ok() && audience_ != nullptr) audience_->publish(connect_event{*actual});
  return actual;
}

absl::Status addressing::disconnect() {
  auto status = socket_.disconnect();
  connected_ = socket_.remote_endpoint().ok();
  return status;
}

namespace {

/// Adds or drops a membership.
template <class Command, class Change>
absl::StatusOr<membership> change_membership(const Command& command, family f, Change change) {
  const auto group = parse_group(Command::operation, command.group, f);
  if (!group.ok()) return group.status();
  auto changed = change(*group);
  if (!changed.ok()) return changed.status();
  membership result{std::move(changed->interfaces)};
  for (const auto& each : changed->refused) {
    result.refused.push_back({each.interface, to_error(each.why)});
  }
  return result;
}

}  // namespace

absl::StatusOr<membership> addressing::join(const add_membership& command) {
  return change_membership(command, socket_.family(), [&](const endpoint& group) {
    return groups_.add(socket_, group, command.interface);
  });
}

absl::StatusOr<membership> addressing::leave(const drop_membership& command) {
  return change_membership(command, socket_.family(), [&](const endpoint& group) {
    return groups_.drop(socket_, group, command.interface);
  });
}

void addressing::notice_lost_peer() {
  if (!is_udp(socket_.family())) connected_ = connected_ && socket_.remote_endpoint().ok();
}

std::optional<endpoint> addressing::peer() const {
  if (!connected_) return std::nullopt;
  const auto to = socket_.remote_endpoint();
  return to.ok() ? std::optional<endpoint>(*to) : std::nullopt;
}

}  // namespace dgram
