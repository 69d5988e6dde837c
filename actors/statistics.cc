#include "caf_dgram/actors/statistics.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "caf_dgram/actors/excess.h"
#include "caf_dgram/dgram/error.h"

namespace dgram {
namespace {

struct counter {
  const char* name;
  std::uint64_t statistics::*value;
};

constexpr std::array counters{
    counter{"received", &statistics::received},
    counter{"received_bytes", &statistics::received_bytes},
    counter{"received_buffers", &statistics::received_buffers},
    counter{"kernel_drops", &statistics::kernel_drops},
    counter{"truncated", &statistics::truncated},
    counter{"blocked", &statistics::blocked},
    counter{"undelivered", &statistics::undelivered},
    counter{"lost", &statistics::lost},
    counter{"pauses", &statistics::pauses},
    counter{"held_bytes", &statistics::held_bytes},
    counter{"receive_errors", &statistics::receive_errors},
    counter{"sent", &statistics::sent},
    counter{"sent_bytes", &statistics::sent_bytes},
    counter{"sent_offloaded", &statistics::sent_offloaded},
    counter{"offload_refusals", &statistics::offload_refusals},
    counter{"send_errors", &statistics::send_errors},
    counter{"send_dropped", &statistics::send_dropped},
    counter{"send_retries", &statistics::send_retries},
    counter{"queued", &statistics::queued},
    counter{"queued_bytes", &statistics::queued_bytes},
};

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
  for (const auto& each : counters) total.*each.value += part.*each.value;
  for (const auto& more : part.errors) {
    merge_into(
        total.errors, more, [&](const error_count& known) { return known.error == more.error; },
        [&](error_count& known) { known.count += more.count; });
  }
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
  for (const auto& each : counters)
    absl::StrAppend(&text, each.name, " ", counted.*each.value, "\n");
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
    const auto& each = counted.loops[i];
    absl::StrAppend(&text, "loop ", i, " sockets ", each.sockets, " turns ", each.turns,
                    " exceptions ", each.exceptions, " chunks_in_use ", each.chunks_in_use,
                    " unused_bytes ", each.unused_bytes, "\n");
  }
  return text;
}

}  // namespace dgram
