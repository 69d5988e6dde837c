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
  if (found == topics_.end()) return;
  const auto& [channel, topic] = *found;
  if (topic.read(message.bytes(), sender) || !mismatched_) return;
  mismatched_({channel, sender, topic.type, topic_header::read(message.bytes())});
}

void topic_reader::read(const channel_message_event& event) const {
  read(event.seen(), event.sender);
}

void topic_reader::read(const channel_batch_event& event) const {
  for (const auto& each : event.datagrams) read(channel_message(each.bytes), *each.peer);
}

}  // namespace dgram
