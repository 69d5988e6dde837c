#include "caf_dgram/actors/events.h"

#include <array>

namespace dgram {
namespace {

struct kind_name {
  event_kinds kind;
  const char* name;
};

constexpr std::array names{
    kind_name{event_kinds::datagrams, "datagrams"},
    kind_name{event_kinds::errors, "errors"},
    kind_name{event_kinds::close, "close"},
    kind_name{event_kinds::life_cycle, "life_cycle"},
    kind_name{event_kinds::losses, "losses"},
};

constexpr event_kinds all_named() {
  auto result = event_kinds::none;
  for (const auto& each : names) result = result | each.kind;
  return result;
}
static_assert(all_named() == event_kinds::all);

}  // namespace

std::string to_string(event_kinds set) {
  if (set == event_kinds::none) return "none";
  if (set == event_kinds::all) return "all";
  std::string text;
  const auto add = [&](const char* name) { text += (text.empty() ? "" : "|") + std::string(name); };
  for (const auto& each : names) {
    if (includes(set, each.kind)) add(each.name);
  }
  if (static_cast<unsigned>(set) > static_cast<unsigned>(event_kinds::all)) add("unknown");
  return text;
}

}  // namespace dgram
