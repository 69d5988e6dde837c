#include "actors/subscribers.h"

#include <algorithm>
#include <utility>

namespace dgram {

std::vector<subscribers::member>::iterator subscribers::find(const caf::actor& who) {
  return std::find_if(members_.begin(), members_.end(),
                      [&](const member& one) { return one.who == who; });
}

void subscribers::add(const caf::actor& who, delivery datagrams) {
  const auto found = find(who);
  if (found == members_.end()) {
    members_.push_back({who, datagrams});
    self_.monitor(who);
  } else {
    single_ -= found->datagrams == delivery::single;
    found->datagrams = datagrams;
  }
  single_ += datagrams == delivery::single;
}

void subscribers::remove(const caf::actor& who) {
  const auto found = find(who);
  if (found == members_.end()) return;
  self_.demonitor(who);
  single_ -= found->datagrams == delivery::single;
  members_.erase(found);
}

void subscribers::remove_dead(const caf::actor_addr& who) {
  const auto dead = std::find_if(members_.begin(), members_.end(),
                                 [&](const member& one) { return one.who.address() == who; });
  if (dead == members_.end()) return;
  single_ -= dead->datagrams == delivery::single;
  members_.erase(dead);
}

void subscribers::remove_all() {
  for (const auto& one : members_) self_.demonitor(one.who);
  members_.clear();
  single_ = 0;
  speaker_ = nullptr;
}

template <class Event>
void subscribers::deliver_to(delivery way, Event event) {
  const auto wants = [way](const member& one) { return one.datagrams == way; };
  const auto receivers = way == delivery::single ? single_ : members_.size() - single_;
  if (receivers == 0) return;
  if (receivers == 1) {
    // Without a message to share, mailbox entry and event are one piece of memory.
    const auto only = std::find_if(members_.begin(), members_.end(), wants);
    return send_alone(speaker(), only->who, std::move(event), self_.context());
  }
  const auto message = caf::make_message(std::move(event));
  for (const auto& one : members_) {
    if (wants(one)) send_shared(speaker(), one.who, message, self_.context());
  }
}

void subscribers::deliver(batch& datagrams) {
  if (single_ > 0) {
    for (const auto& run : datagrams.runs()) {
      const auto& sender = *datagrams.peer_of(run);
      if (run.count() == 1) {
        deliver_to(delivery::single, message_event{run.bytes, sender, run.size});
        continue;
      }
      run.bytes.split(run.segment_size, [&](payload bytes) {
        const auto size = bytes.size();
        deliver_to(delivery::single, message_event{std::move(bytes), sender, size});
      });
    }
  }
  if (single_ < members_.size()) deliver_to(delivery::batched, batch_event{std::move(datagrams)});
}

}  // namespace dgram
