#include "caf_dgram/actors/config.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "caf_dgram/actors/compat/unchecked_option.h"
#include "caf_dgram/actors/error.h"
#include "caf_dgram/actors/message_types.h"

namespace dgram {
namespace {

constexpr const char* group = "dgram";

struct integer {
  static constexpr const char* name = "integer";
};

struct duration {
  static constexpr const char* name = "duration";
};

struct text {
  static constexpr const char* name = "string";
};

using nanoseconds = std::chrono::nanoseconds;

/// A numeric option.
struct number_row {
  const char* name;
  std::int64_t min;
  std::int64_t max;
  const char* description;
  void (*set)(runtime_options&, std::size_t);
};

constexpr std::int64_t tebibyte = std::int64_t{1} << 40;

constexpr std::array numbers{
    number_row{"loops", 1, 1024, "event loops, each with a thread of its own",
               [](runtime_options& o, std::size_t n) { o.loops = n; }},
    number_row{"max-waiting-for-names", 1, 1'000'000,
               "sends of one socket that may wait for host names",
               [](runtime_options& o, std::size_t n) { o.max_waiting_for_names = n; }},
    number_row{"receive-memory", 4096, tebibyte,
               "bytes that the received datagrams of one socket may hold",
               [](runtime_options& o, std::size_t n) { o.receive_memory = n; }},
    number_row{"remote-unacknowledged", 4096, tebibyte,
               "bytes of events that a subscriber on another node may not have handled yet",
               [](runtime_options& o, std::size_t n) { o.remote_unacknowledged = n; }},
    number_row{"send-queue-datagrams", 1, 1 << 24, "datagrams of one socket that may wait",
               [](runtime_options& o, std::size_t n) { o.send_limits.datagrams = n; }},
    number_row{"send-queue-bytes", 1, tebibyte, "bytes of one socket that may wait to be sent",
               [](runtime_options& o, std::size_t n) { o.send_limits.bytes = n; }},
};

/// A duration option.
struct duration_row {
  const char* name;
  nanoseconds min;
  nanoseconds max;
  const char* description;
  void (*set)(runtime_options&, nanoseconds);
};

template <class Duration>
constexpr Duration to(nanoseconds time) {
  return std::chrono::duration_cast<Duration>(time);
}

constexpr nanoseconds second = std::chrono::seconds(1);
constexpr nanoseconds day = std::chrono::hours(24);

constexpr std::array durations{
    duration_row{"spin", nanoseconds(0), second, "how long an idle loop polls before it sleeps",
                 [](runtime_options& o, nanoseconds t) { o.spin = to<decltype(o.spin)>(t); }},
    duration_row{
        "moderation", nanoseconds(0), second, "interval of wake-ups while traffic is dense",
        [](runtime_options& o, nanoseconds t) { o.moderation = to<decltype(o.moderation)>(t); }},
    duration_row{"resolve-timeout", std::chrono::milliseconds(1), day,
                 "how long a command waits for a host name",
                 [](runtime_options& o, nanoseconds t) {
                   o.resolve_timeout = to<decltype(o.resolve_timeout)>(t);
                 }},
    duration_row{"linger", nanoseconds(0), day, "how long a closing socket goes on sending",
                 [](runtime_options& o, nanoseconds t) { o.linger = to<decltype(o.linger)>(t); }},
    duration_row{"report-busy-after", nanoseconds(0), day,
                 "when an actor that holds up its loop is reported",
                 [](runtime_options& o, nanoseconds t) {
                   o.report_busy_after = to<decltype(o.report_busy_after)>(t);
                 }},
    duration_row{"report-waiting-after", nanoseconds(0), day,
                 "when the end of the program reports what it waits for",
                 [](runtime_options& o, nanoseconds t) {
                   o.report_waiting_after = to<decltype(o.report_waiting_after)>(t);
                 }},
};

constexpr const char* poller_name = "poller";
constexpr std::array pollers{poller_kind::epoll, poller_kind::poll};

/// A duration as written in a configuration: "0s", "50us", "24h".
std::string to_text(nanoseconds time) {
  struct unit {
    const char* name;
    nanoseconds size;
  };
  constexpr std::array units{unit{"h", std::chrono::hours(1)}, unit{"s", second},
                             unit{"ms", std::chrono::milliseconds(1)},
                             unit{"us", std::chrono::microseconds(1)}};
  if (time == nanoseconds(0)) return "0s";
  for (const auto& each : units) {
    if (time % each.size == nanoseconds(0)) return absl::StrCat(time / each.size, each.name);
  }
  return absl::StrCat(time.count(), "ns");
}

/// Replaces CAF's text for negative durations, which is "0d", and its versions' texts for
/// strings, which differ.
std::string to_text(const caf::config_value& value) {
  const auto* time = caf::get_if<caf::timespan>(&value);
  if (time != nullptr) return to_text(*time);
  const auto* text = caf::get_if<std::string>(&value);
  return text != nullptr ? absl::StrCat("\"", *text, "\"") : caf::deep_to_string(value);
}

/// "dgram.loops=0: out of range: must be 1 to 1024".
absl::Status refuse(errc code, const std::string& name, const caf::config_value& value,
                    const std::string& rule) {
  const auto what = absl::StrCat(group, ".", name, "=", to_text(value));
  const auto* problem = code == errc::wrong_type ? "wrong type" : "out of range";
  return failure(code, what, "", absl::StrCat(problem, ": must be ", rule));
}

absl::Status read(const number_row& row, const caf::config_value& value, runtime_options& result) {
  const auto rule = absl::StrCat(row.min, " to ", row.max);
  const auto* number = caf::get_if<caf::config_value::integer>(&value);
  if (number == nullptr) return refuse(errc::wrong_type, row.name, value, "an integer, " + rule);
  if (*number < row.min || *number > row.max) {
    return refuse(errc::out_of_range, row.name, value, rule);
  }
  constexpr std::uint64_t most = std::numeric_limits<std::size_t>::max();
  row.set(result, std::min(static_cast<std::uint64_t>(*number), most));
  return absl::OkStatus();
}

absl::Status read(const duration_row& row, const caf::config_value& value,
                  runtime_options& result) {
  const auto rule = to_text(row.min) + " to " + to_text(row.max);
  const auto* time = caf::get_if<caf::timespan>(&value);
  if (time == nullptr) {
    return refuse(errc::wrong_type, row.name, value, "a duration with its unit, " + rule);
  }
  if (*time < row.min || *time > row.max) {
    return refuse(errc::out_of_range, row.name, value, rule);
  }
  row.set(result, *time);
  return absl::OkStatus();
}

absl::Status read_poller(const caf::config_value& value, runtime_options& result) {
  constexpr const char* rule = R"("epoll" or "poll")";
  const auto* name = caf::get_if<std::string>(&value);
  if (name == nullptr) return refuse(errc::wrong_type, poller_name, value, rule);
  const auto* found = std::find_if(pollers.begin(), pollers.end(),
                                   [&](poller_kind kind) { return *name == to_string(kind); });
  if (found == pollers.end()) return refuse(errc::out_of_range, poller_name, value, rule);
  result.poller = *found;
  return absl::OkStatus();
}

absl::Status read(const std::string& name, const caf::config_value& value,
                  runtime_options& result) {
  for (const auto& row : numbers) {
    if (name == row.name) return read(row, value, result);
  }
  for (const auto& row : durations) {
    if (name == row.name) return read(row, value, result);
  }
  if (name == poller_name) return read_poller(value, result);
  return failure(errc::unsupported_option, absl::StrCat(group, ".", name), "", "no such option");
}

}  // namespace

void add_options(caf::config_option_set& options) {
  for (const auto& row : numbers) {
    add_unchecked_option<integer>(options, group, row.name, row.description);
  }
  for (const auto& row : durations) {
    add_unchecked_option<duration>(options, group, row.name, row.description);
  }
  add_unchecked_option<text>(options, group, poller_name, "how loops wait: epoll or poll");
}

caf::expected<runtime_options> read_options(const caf::actor_system_config& config) {
  runtime_options result;
  const auto* given = caf::get_if(&caf::content(config), std::string(group));
  if (given == nullptr) return result;
  const auto* values = caf::get_if<caf::config_value::dictionary>(given);
  if (values == nullptr) {
    const auto what = absl::StrCat(group, "=", to_text(*given));
    return to_error(failure(errc::wrong_type, what, "", "wrong type: must be a group of options"));
  }
  for (const auto& [name, value] : *values) {
    auto status = read(name, value, result);
    if (!status.ok()) return to_error(status);
  }
  return result;
}

system_config::system_config() {
  dgram::add_message_types(*this);
  dgram::add_options(custom_options_);
}

}  // namespace dgram
