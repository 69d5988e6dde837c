/// The commands of a bus, on one page.
///
/// Any actor may send them. A request is answered with the command's `answer` or an error. An
/// asynchronous command is not answered; subscribers get its error as an `error_event`. Besides
/// the errors named here, every command fails with `closed` while the bus closes; once it has
/// ended, CAF answers `request_receiver_down`. The sockets' `close` closes a bus, too.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "caf_dgram/actors/any_actor.h"
#include "caf_dgram/actors/bus/statistics.h"
#include "caf_dgram/actors/commands.h"
#include "caf_dgram/actors/compat/bus_type_ids.h"
#include "caf_dgram/actors/events.h"
#include "caf_dgram/actors/excess.h"
#include "caf_dgram/actors/inspect.h"
#include "caf_dgram/actors/inspect_values.h"
#include "caf_dgram/dgram/batch.h"
#include "caf_dgram/dgram/payload.h"

namespace dgram {

/// The numbers of published messages, modulo 2^32: the first and the last of consecutive ones.
struct published {
  std::uint32_t first = 0;
  std::uint32_t last = 0;

  static constexpr const char* type_name = "dgram::published";
  static constexpr auto fields() {
    return field_list(field{"first", &published::first}, field{"last", &published::last});
  }
};

/// Publishes a message on a channel. Messages of one actor leave in the order in which it publishes
/// them.
/// Answer: its number, once the kernel has taken all of it.
/// Fails: invalid_channel (not 1 to 63 bytes without NUL, or reserved), payload_too_large (more
/// than `bus_options::max_message`, or than fragments can number), queue_full (no room in the bus's
/// mailbox, or some of it was refused, so that receivers will miss it), errno.
struct publish {
  static constexpr const char* operation = "publish";
  using answer = published;

  std::string channel;
  payload data;

  static constexpr const char* type_name = "dgram::publish";
  static constexpr auto fields() {
    return field_list(field{"channel", &publish::channel}, field{"data", &publish::data});
  }
};

/// Publishes many messages on one channel, in order: each datagram of the batch is one, and has no
/// peer. Fastest for many small ones. Answer and errors as for `publish`; a message that is too
/// large refuses all.
struct publish_batch {
  static constexpr const char* operation = "publish batch";
  using answer = published;

  std::string channel;
  batch messages;

  static constexpr const char* type_name = "dgram::publish_batch";
  static constexpr auto fields() {
    return field_list(field{"channel", &publish_batch::channel},
                      field{"messages", &publish_batch::messages});
  }
};

/// Subscribes an actor to the channels that a pattern matches: a channel's name, or a regular
/// expression of RE2 (https://github.com/google/re2/wiki/Syntax) that matches the whole name, such
/// as "CAMERA_.*". Each subscription is on its own: an actor gets a message once for each of its
/// patterns that matches, and messages of two subscriptions may change places. The same pattern
/// once more replaces its terms, which are those of `subscribe`, but for what beyond credits and
/// memory is lost by default: the oldest, so that nobody slows the others.
/// Answer: nothing. Fails: invalid_channel (a name of more than 63 bytes or with a NUL, or no
/// regular expression), invalid_subscriber, out_of_range, unsupported (the bus only publishes).
struct subscribe_channels {
  static constexpr const char* operation = "subscribe channels";
  using answer = void;

  any_actor subscriber;
  std::string pattern = ".*";
  delivery messages = delivery::single;
  std::int64_t credits = subscribe::unlimited;  ///< Messages, 0 or more.
  excess beyond = excess::lose_oldest;
  std::int64_t backlog = subscribe::default_backlog;  ///< Messages.
  event_kinds events = default_events;

  static constexpr const char* type_name = "dgram::subscribe_channels";
  static constexpr auto fields() {
    return field_list(field{"subscriber", &subscribe_channels::subscriber},
                      field{"pattern", &subscribe_channels::pattern},
                      field{"messages", &subscribe_channels::messages},
                      field{"credits", &subscribe_channels::credits},
                      field{"beyond", &subscribe_channels::beyond},
                      field{"backlog", &subscribe_channels::backlog},
                      field{"events", &subscribe_channels::events});
  }
};

/// Gives a subscription additional credits, at least 1. Answer: nothing.
/// Fails: invalid_subscriber (not subscribed to this pattern), out_of_range.
struct grant_messages {
  static constexpr const char* operation = "grant messages";
  using answer = void;

  any_actor subscriber;
  std::string pattern = ".*";
  std::int64_t credits = 1;

  static constexpr const char* type_name = "dgram::grant_messages";
  static constexpr auto fields() {
    return field_list(field{"subscriber", &grant_messages::subscriber},
                      field{"pattern", &grant_messages::pattern},
                      field{"credits", &grant_messages::credits});
  }
};

/// Ends an actor's subscription to a pattern, or all of them if the pattern is empty. Answer:
/// nothing, even if there was none.
struct unsubscribe_channels {
  static constexpr const char* operation = "unsubscribe channels";
  using answer = void;

  any_actor subscriber;
  std::string pattern = {};

  static constexpr const char* type_name = "dgram::unsubscribe_channels";
  static constexpr auto fields() {
    return field_list(field{"subscriber", &unsubscribe_channels::subscriber},
                      field{"pattern", &unsubscribe_channels::pattern});
  }
};

/// Answer: bus_statistics.
struct get_bus_statistics {
  static constexpr const char* operation = "get bus statistics";
  using answer = bus_statistics;

  static constexpr const char* type_name = "dgram::get_bus_statistics";
  static constexpr auto fields() { return field_list(); }
};

/// Every command, the most frequent ones first.
using all_bus_commands = message_list<publish, publish_batch, subscribe_channels, grant_messages,
                                      unsubscribe_channels, get_bus_statistics, close>;

/// The answers that are not of sockets as well, apart from void.
using all_bus_answers = message_list<published, bus_statistics>;

}  // namespace dgram
