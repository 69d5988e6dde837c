#include "caf_dgram/actors/statistics.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "caf_dgram/actors/excess.h"
#include "caf_dgram/dgram/error.h"

namespace dgram {
namespace {

template <class List, class Part, class Same, class Merge>
void merge_into(List& list, const Part& part, Same same, Merge merge) {
  const auto found = std::find_if(list.begin(), list.end(), same);
  if (found == list.end()) {
    list.push_back(part);
  } else {
    merge(*found);
  }
}

}  // namespace

void add(statistics& total, const statistics& part) {
  for_each_counter<statistics>([&](const char*, auto member) { total.*member += part.*member; });
  for (const auto& more : part.errors) {
    merge_into(
        total.errors, more, [&](const error_count& known) { return known.error == more.error; },
        [&](error_count& known) { known.count += more.count; });
  }
  std::sort(total.errors.begin(), total.errors.end(),
            [](const error_count& a, const error_count& b) { return a.error < b.error; });
  for (const auto& more : part.subscribers) {
    merge_into(
        total.subscribers, more,
        [&](const subscriber_statistics& known) { return known.subscriber == more.subscriber; },
        [&](subscriber_statistics& known) {
          known.delivered += more.delivered;
          known.lost += more.lost;
          known.waiting += more.waiting;
        });
  }
}

std::string to_string(const statistics& counted) {
  std::string text;
  for_each_counter<statistics>([&](const char* name, auto member) {
    absl::StrAppend(&text, name, " ", counted.*member, "\n");
  });
  for (const auto& each : counted.errors) {
    absl::StrAppend(&text, "error ", errno_symbol(each.error), " ", each.count, "\n");
  }
  for (const auto& each : counted.subscribers) {
    absl::StrAppend(&text, "subscriber ", each.subscriber ? each.subscriber.handle().id() : 0,
                    " delivered ", each.delivered, " lost ", each.lost, " waiting ", each.waiting,
                    " credits ");
    if (each.credits == unlimited_credits) {
      absl::StrAppend(&text, "unlimited\n");
    } else {
      absl::StrAppend(&text, each.credits, "\n");
    }
  }
  return text;
}

std::string to_string(const runtime_statistics& counted) {
  auto text = absl::StrCat("opened ", counted.opened, "\nopen ", counted.open, "\nrefused ",
                           counted.refused, "\n");
  for (std::size_t i = 0; i < counted.loops.size(); ++i) {
    absl::StrAppend(&text, "loop ", i);
    for_each_counter<loop_statistics>([&](const char* name, auto member) {
      absl::StrAppend(&text, " ", name, " ", counted.loops[i].*member);
    });
    absl::StrAppend(&text, "\n");
  }
  return text;
}

}  // namespace dgram
