#include "caf_dgram/actors/bus/topic_reader.h"

namespace dgram {

topic_reader& topic_reader::add(const std::string& channel, entry how) {
  topics_.insert_or_assign(channel, std::move(how));
  return *this;
}

topic_reader& topic_reader::on_mismatch(std::function<void(const topic_mismatch&)> handle) {
  mismatched_ = std::move(handle);
  return *this;
}

void topic_reader::read(const channel_message& message, const endpoint& sender) const {
  const auto found = topics_.find(message.channel());
  if (found != topics_.end()) read(*found, message.bytes(), sender);
}

void topic_reader::read(const topics::value_type& topic, std::string_view bytes,
                        const endpoint& sender) const {
  const auto& [channel, how] = topic;
  if (how.read(bytes, sender) || !mismatched_) return;
  mismatched_({channel, sender, how.type, topic_header::read(bytes)});
}

void topic_reader::read(const channel_message_event& event) const {
  read(event.seen(), event.sender);
}

void topic_reader::read(const channel_batch_event& event) const {
  // Messages of one channel often follow each other.
  auto last = topics_.end();
  for (const auto& each : event.datagrams) {
    const channel_message message(each.bytes);
    if (last == topics_.end() || last->first != message.channel()) {
      last = topics_.find(message.channel());
    }
    if (last != topics_.end()) read(*last, message.bytes(), *each.peer);
  }
}

}  // namespace dgram
