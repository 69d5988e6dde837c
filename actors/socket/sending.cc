#include "caf_dgram/actors/socket/sending.h"

#include <memory>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "caf_dgram/actors/address.h"
#include "caf_dgram/actors/error.h"
#include "caf_dgram/actors/socket/checks.h"
#include "caf_dgram/actors/socket/error_log.h"
#include "caf_dgram/actors/socket/outgoing.h"

namespace dgram {

bool sending::is_plain(const dgram::send& command) const {
  const auto* to = command.to.as_endpoint();
  const auto f = socket_.family();
  const bool goes_to_peer = addresses_.is_connected() && command.to.is_open();
  const bool goes_elsewhere = !addresses_.is_connected() && !addresses_.needs_bind() &&
                              to != nullptr && is_usable(*to, f, address_role::destination);
  const bool usual = command.buffers.empty() && command.length == dgram::send::whole &&
                     command.offset == 0 && command.data.size() <= max_payload(f);
  return usual && (goes_to_peer || goes_elsewhere) &&
         check_source(dgram::send::operation, socket_, to != nullptr ? *to : *addresses_.peer(),
                      command.source)
             .ok();
}

void sending::perform_plain(dgram::send& command) {
  outbox_.queue_plain(std::move(command.data), command.to.as_endpoint(), command.source);
}

void sending::perform(dgram::send& command, reply<std::uint64_t> owed) {
  const auto fail = [&](const absl::Status& why) { outbox_.reject(owed, why, failed(command)); };
  if (auto status = prepare(command, socket_.family()); !status.ok()) return fail(status);
  std::optional<located> where;
  if (!command.to.is_open()) {
    auto found =
        locate(dgram::send::operation, command.to, socket_.family(), address_role::destination);
    if (!found.ok()) return fail(found.status());
    where = *std::move(found);
  }
  const auto& peer = addresses_.peer();
  auto status = check_destination(
      dgram::send::operation, [&] { return absl::StrCat("to ", command.to.to_string()); },
      peer ? &*peer : nullptr, where ? &where->where : nullptr);
  if (status.ok()) status = addresses_.bind_implicitly();
  // Of a destination with a name, the name's address decides.
  if (const bool waits = where && !where->name.empty(); status.ok() && !waits) {
    status =
        check_source(dgram::send::operation, socket_, where ? where->where : *peer, command.source);
  }
  if (!status.ok()) return fail(status);
  auto out = outgoing::one(std::move(command.data), std::move(command.buffers), std::move(owed));
  out.from = command.source;
  if (where && !where->name.empty()) {
    if (auto full = names_.check_room(dgram::send::operation, *where); !full.ok()) {
      return outbox_.refuse_waiting(out, full);
    }
    return names_.for_send(
        dgram::send::operation, *where, [this, out](absl::StatusOr<endpoint> to) mutable {
          if (code_of(to.status()) == errc::closed) {
            outbox_.give_up(out, [&] { return to.status(); });
          } else if (!to.ok()) {
            outbox_.reject(out, to.status());
          } else if (auto status = check_source(dgram::send::operation, socket_, *to, out.from);
                     !status.ok()) {
            outbox_.reject(out, status);
          } else {
            out.to = *to;
            outbox_.queue(std::move(out));
          }
          outbox_.report_room_for_names();
          // A socket that is closing may have waited for this.
          owner_.flush_later();
        });
  }
  if (where && !peer) out.to = where->where;
  outbox_.queue(std::move(out));
}

void sending::perform(send_batch& command, reply<batch_result> owed) {
  const auto& datagrams = command.datagrams;
  if (datagrams.empty()) return owed.deliver({});
  auto receipt = std::make_shared<batch_receipt>(std::move(owed), datagrams.size());
  if (auto status = addresses_.bind_implicitly(); !status.ok()) {
    return outbox_.reject(*receipt, datagrams.size(), status);
  }
  // A copy: the peer may be lost while the batch is queued.
  const auto connected = addresses_.peer();
  const auto* peer = connected ? &*connected : nullptr;
  const auto f = socket_.family();
  for (const auto& run : datagrams.runs()) {
    const auto* to = datagrams.peer_of(run);
    // A socket with an address of its own sends from that, wherever a batch was received.
    const auto source = socket_.is_on_all_addresses() ? datagrams.ends_of(run).local : ip_address();
    absl::StatusOr<located> where;
    auto status = absl::OkStatus();
    if (to != nullptr && !is_usable(*to, f, address_role::destination)) {
      where = locate(send_batch::operation, *to, f, address_role::destination);
      status = where.status();
      if (where.ok()) to = &where->where;
    }
    const auto* heads = datagrams.heads_of(run);
    const auto size = run.segment_size + (heads != nullptr ? heads->size : 0);
    if (status.ok()) status = check_run(size, f, peer, to);
    if (status.ok()) {
      status = check_source(send_batch::operation, socket_, to != nullptr ? *to : *peer, source);
    }
    if (!status.ok()) {
      outbox_.reject(*receipt, run.count(), status);
      continue;
    }
    outgoing out{run.bytes, {}, run.segment_size, std::nullopt, receipt, source};
    if (heads != nullptr) out.heads = *heads;
    if (to != nullptr && peer == nullptr) out.to = *to;
    outbox_.queue(std::move(out));
  }
}

}  // namespace dgram
