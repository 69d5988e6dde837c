/// Reads what an actor gets from its topics, and calls the handler of each.
///
///   dgram::topic_reader reader;
///   reader.on(poses, [](const pose& value, const dgram::endpoint& sender) { … });
///   reader.on_mismatch([](const dgram::topic_mismatch& what) { log(to_string(what)); });
///   return {[reader](const dgram::channel_message_event& event) { reader.read(event); }};
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "caf_dgram/actors/bus/events.h"
#include "caf_dgram/actors/bus/topic.h"
#include "caf_dgram/dgram/endpoint.h"

namespace dgram {

/// Copies share nothing but what the handlers refer to.
class topic_reader {
 public:
  /// Has `handle` called with each value of the topic and its sender. The last handler of a channel
  /// counts.
  template <class T, class Handler>
  topic_reader& on(const topic<T>& from, Handler handle) {
    static_assert(std::is_invocable_v<Handler&, const T&, const endpoint&>,
                  "a handler takes a value of the topic's type and its sender's endpoint");
    return add(from.channel(), {from.type(), [from, handle](std::string_view bytes,
                                                            const endpoint& sender) mutable {
                                  const auto value = from.read(bytes);
                                  if (value) handle(*value, sender);
                                  return value.has_value();
                                }});
  }

  /// Has `handle` called with each message that is not of its topic's type; without it they are
  /// dropped.
  topic_reader& on_mismatch(std::function<void(const topic_mismatch&)> handle);

  /// Messages of channels that are no topic's are dropped.
  void read(const channel_message_event& event) const;
  void read(const channel_batch_event& event) const;
  void read(const channel_message& message, const endpoint& sender) const;

 private:
  struct entry {
    topic_type type;
    std::function<bool(std::string_view bytes, const endpoint& sender)> read;
  };
  using topics = std::map<std::string, entry, std::less<>>;

  void read(const topics::value_type& topic, std::string_view bytes, const endpoint& sender) const;

  topic_reader& add(const std::string& channel, entry how);

  topics topics_;
  std::function<void(const topic_mismatch&)> mismatched_;
};

}  // namespace dgram
