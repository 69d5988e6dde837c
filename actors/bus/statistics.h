/// The counters of a bus, as `get_bus_statistics` returns them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "caf_dgram/actors/inspect.h"
#include "caf_dgram/actors/inspect_values.h"
#include "caf_dgram/actors/statistics.h"
#include "caf_dgram/dgram/endpoint.h"

namespace dgram {

/// What has become of one sender's messages. Each is counted once.
struct sender_statistics {
  endpoint sender;
  std::uint64_t delivered = 0;           ///< Messages that came, whoever wanted them.
  std::uint64_t lost_in_network = 0;     ///< Nothing of them came.
  std::uint64_t lost_fragments = 0;      ///< Some of their fragments did not come in time.
  std::uint64_t lost_in_reassembly = 0;  ///< There was no room for them, or they were too large.
  std::uint64_t contradictory = 0;       ///< Their fragments did not fit together.
  std::uint64_t repeated = 0;            ///< Datagrams that came again, or too late.
  std::uint64_t restarts = 0;            ///< Times that the sender began anew.
  std::uint64_t held_bytes = 0;          ///< Memory for unfinished messages now.

  static constexpr const char* type_name = "dgram::sender_statistics";
  static constexpr auto fields() {
    return field_list(field{"sender", &sender_statistics::sender},
                      field{"delivered", &sender_statistics::delivered},
                      field{"lost_in_network", &sender_statistics::lost_in_network},
                      field{"lost_fragments", &sender_statistics::lost_fragments},
                      field{"lost_in_reassembly", &sender_statistics::lost_in_reassembly},
                      field{"contradictory", &sender_statistics::contradictory},
                      field{"repeated", &sender_statistics::repeated},
                      field{"restarts", &sender_statistics::restarts},
                      field{"held_bytes", &sender_statistics::held_bytes});
  }
};

/// How many datagrams were rejected for one flaw.
struct flaw_count {
  std::string flaw;  ///< As text, "fragment at the wrong place" for instance.
  std::uint64_t count = 0;

  static constexpr const char* type_name = "dgram::flaw_count";
  static constexpr auto fields() {
    return field_list(field{"flaw", &flaw_count::flaw}, field{"count", &flaw_count::count});
  }
};

/// What one subscription got; all counts are of messages that its pattern matched.
struct subscription_statistics {
  std::string pattern;
  subscriber_statistics counted;

  static constexpr const char* type_name = "dgram::subscription_statistics";
  static constexpr auto fields() {
    return field_list(field{"pattern", &subscription_statistics::pattern},
                      field{"counted", &subscription_statistics::counted});
  }
};

/// What a bus has done since it was opened.
struct bus_statistics {
  std::uint64_t published = 0;          ///< Messages.
  std::uint64_t published_bytes = 0;    ///< Of their payloads.
  std::uint64_t refused = 0;            ///< Messages that found no room in the bus's mailbox.
  std::uint64_t heartbeats = 0;         ///< Sent.
  std::uint64_t received = 0;           ///< Messages that came, whoever wanted them.
  std::uint64_t unwanted = 0;           ///< Those of them that no subscription matched.
  std::uint64_t delivered_locally = 0;  ///< Of its own (`bus_options::local_delivery`).
  std::uint64_t lost = 0;  ///< Messages that senders had sent and that never came whole.
  std::uint64_t senders_forgotten = 0;     ///< Silent ones that made room for others.
  std::vector<flaw_count> rejected;        ///< Datagrams, by what was wrong with them.
  std::vector<sender_statistics> senders;  ///< Those that are remembered.
  std::vector<subscription_statistics> subscriptions;
  statistics receiving;  ///< Of the socket that receives; `kernel_drops` among them.
  statistics sending;    ///< Of the socket that sends; `send_dropped` among them.

  static constexpr const char* type_name = "dgram::bus_statistics";
  static constexpr auto fields() {
    return field_list(
        field{"published", &bus_statistics::published},
        field{"published_bytes", &bus_statistics::published_bytes},
        field{"refused", &bus_statistics::refused},
        field{"heartbeats", &bus_statistics::heartbeats},
        field{"received", &bus_statistics::received},
        field{"delivered_locally", &bus_statistics::delivered_locally},
        field{"unwanted", &bus_statistics::unwanted}, field{"lost", &bus_statistics::lost},
        field{"senders_forgotten", &bus_statistics::senders_forgotten},
        field{"rejected", &bus_statistics::rejected}, field{"senders", &bus_statistics::senders},
        field{"subscriptions", &bus_statistics::subscriptions},
        field{"receiving", &bus_statistics::receiving}, field{"sending", &bus_statistics::sending});
  }
};

}  // namespace dgram
