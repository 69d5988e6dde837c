#include "caf_dgram/actors/socket/addressing.h"

#include "absl/strings/str_cat.h"
#include "caf_dgram/actors/error.h"

namespace dgram {

void addressing::publish_to(subscribers& audience) {
  audience_ = &audience;
  if (const auto local = socket_.local_endpoint(); bound_ && local.ok()) {
    audience.publish(listening_event{*local});
  }
  if (peer_) audience.publish(connect_event{*peer_});
}

absl::StatusOr<located> addressing::local_of(const dgram::bind& command) const {
  constexpr const char* operation = dgram::bind::operation;
  if (is_bound()) {
    return failure(errc::already_bound, operation, command.local.to_string(),
                   "the socket is bound already");
  }
  return locate(operation, command.local, socket_.family(), address_role::local);
}

absl::StatusOr<located> addressing::peer_of(const dgram::connect& command) const {
  constexpr const char* operation = dgram::connect::operation;
  if (is_connected()) {
    return failure(errc::already_connected, operation, command.peer.to_string(),
                   "the socket is connected already");
  }
  return locate(operation, command.peer, socket_.family(), address_role::destination);
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
  if (!needs_bind()) return absl::OkStatus();
  return bind(endpoint::wildcard(socket_.family()), false).status();
}

absl::StatusOr<endpoint> addressing::connect(
    const endpoint& peer, absl::FunctionRef<void(const endpoint&)> on_connected) {
  if (auto status = bind_implicitly(); !status.ok()) return status;
  if (auto status = socket_.connect(peer); !status.ok()) return status;
  auto actual = socket_.remote_endpoint();
  peer_ = actual.ok() ? *actual : peer;
  on_connected(*peer_);
  if (audience_ != nullptr) audience_->publish(connect_event{*peer_});
  return *peer_;
}

absl::Status addressing::disconnect() {
  auto status = socket_.disconnect();
  peer_ = known_peer();
  if (is_udp(socket_.family())) bound_ = socket_.local_endpoint().ok();
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

bool addressing::notice_lost_peer() {
  if (is_udp(socket_.family()) || !peer_ || known_peer()) return false;
  if (audience_ != nullptr) audience_->publish(disconnect_event{*peer_});
  peer_.reset();
  return true;
}

std::optional<endpoint> addressing::known_peer() const {
  const auto to = socket_.remote_endpoint();
  return to.ok() ? std::optional<endpoint>(*to) : std::nullopt;
}

}  // namespace dgram
