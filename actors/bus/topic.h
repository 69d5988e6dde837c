/// Channels whose messages are values of one type.
///
///   const dgram::topic<pose> poses("ROBOT_POSE");
///   dgram::tell(self, bus, poses.message({x, y}));
///   dgram::tell(self, bus, poses.subscription(self));
///
/// A type is what CAF's `inspect` shows of it, on every version of CAF the same: numbers, bool,
/// enumerations, std::string, durations, std::array, pairs and tuples, std::optional, containers,
/// and objects made of them. It has a default constructor. topic_reader.h reads the messages.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "caf_dgram/actors/any_actor.h"
#include "caf_dgram/actors/bus/commands.h"
#include "caf_dgram/actors/bus/value_format.h"
#include "caf_dgram/actors/compat/value_inspector.h"
#include "caf_dgram/dgram/batch.h"
#include "caf_dgram/dgram/endpoint.h"
#include "caf_dgram/dgram/payload.h"

namespace dgram {

/// What messages of a topic say of their type.
struct topic_type {
  std::string name;               ///< As `inspect` says, at most 255 bytes; may be empty.
  std::uint64_t fingerprint = 0;  ///< Of the names and types of all that it consists of.
};

/// "robot::pose (a1b2c3d4e5f60718)".
std::string to_string(const topic_type& type);

/// The type with that description (`value_describer`).
topic_type described_type(std::string_view description);

/// A message on a topic's channel was of another type.
struct topic_mismatch {
  std::string channel;
  endpoint sender;
  topic_type expected;
  std::optional<topic_type> found;  ///< Without a value, it was no message of a topic.
};

/// "ROBOT_POSE from 127.0.0.1:4711: robot::pose (…) expected, robot::position (…) came".
std::string to_string(const topic_mismatch& what);

/// What a message of a topic begins with.
class topic_header {
 public:
  explicit topic_header(const topic_type& type);

  /// Whether the bytes begin so; then removes it from them.
  bool take_from(std::string_view& bytes) const noexcept;

  const std::string& bytes() const noexcept { return bytes_; }

  /// The type that a message's bytes name, if they are a topic's.
  static std::optional<topic_type> read(std::string_view bytes);

 private:
  std::string bytes_;
};

/// Messages that are written one behind the other, in memory that they share.
class message_batch {
 public:
  /// Where the next message is to be appended.
  std::string& begin_message() noexcept { return bytes_; }

  void end_message();

  batch take();

 private:
  /// Consecutive messages of one size.
  struct run {
    std::size_t size;
    std::size_t count;
  };

  std::string bytes_;
  std::size_t ended_ = 0;  ///< Bytes of messages that have ended.
  std::vector<run> runs_;
};

/// A pattern (`subscribe_channels`) that matches this channel alone.
std::string pattern_of(std::string_view channel);

template <class T>
class topic {
 public:
  /// The channel is checked when something is published.
  explicit topic(std::string channel)
      : channel_(std::move(channel)), type_(type_of_values()), header_(type_) {}

  const std::string& channel() const noexcept { return channel_; }
  const topic_type& type() const noexcept { return type_; }

  /// The command that publishes a value.
  publish message(const T& value) const {
    std::string bytes;
    write(value, bytes);
    return {channel_, payload(std::move(bytes))};
  }

  /// The command that publishes values, in their order.
  template <class Values>
  publish_batch messages(const Values& values) const {
    message_batch written;
    for (const T& each : values) {
      write(each, written.begin_message());
      written.end_message();
    }
    return {channel_, written.take()};
  }

  /// The command that subscribes an actor to the channel; its other terms are free to be set.
  subscribe_channels subscription(any_actor subscriber) const {
    return {std::move(subscriber), pattern_of(channel_)};
  }

  /// The value that a message's bytes are, if they are of this type.
  std::optional<T> read(std::string_view bytes) const {
    if (!header_.take_from(bytes)) return std::nullopt;
    std::optional<T> value(std::in_place);
    value_reader reader(bytes);
    inspect_value(reader, *value);
    if (!reader.is_complete()) value.reset();
    return value;
  }

 private:
  static topic_type type_of_values() {
    value_describer describer;
    T value{};
    inspect_value(describer, value);
    return described_type(describer.description());
  }

  void write(const T& value, std::string& to) const {
    to += header_.bytes();
    value_writer writer(to);
    inspect_value(writer, value);
  }

  std::string channel_;
  topic_type type_;
  topic_header header_;
};

}  // namespace dgram
