#include "caf_dgram/actors/caf_1/metrics.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "caf/actor_system.hpp"
#include "caf/event_based_actor.hpp"
#include "caf/telemetry/counter.hpp"
#include "caf/telemetry/gauge.hpp"
#include "caf/telemetry/metric_registry.hpp"
#include "caf_dgram/actors/commands.h"
#include "caf_dgram/actors/core/runtime_core.h"
#include "caf_dgram/actors/statistics.h"
#include "caf_dgram/dgram/error.h"

namespace dgram {
namespace {

using std::chrono::milliseconds;

using labels = std::map<std::string, std::string>;

/// What one source has contributed to metrics. Several sources may share a metric, so
/// only differences are added.
class contribution {
 public:
  contribution(caf::actor_system& system, std::string prefix)
      : registry_(system.metrics()), prefix_(std::move(prefix)) {}
  contribution(const contribution&) = delete;
  contribution& operator=(const contribution&) = delete;

  ~contribution() {
    for (auto& [key, gauge] : gauges_) gauge.metric->dec(gauge.value);
  }

  void count(const std::string& name, const labels& by, std::uint64_t value) {
    auto& known = counters_[{name, by}];
    if (known.metric == nullptr) {
      known.metric = registry_.counter_instance(prefix_, name, views_of(by), help(name), "1", true);
    }
    const auto now = static_cast<std::int64_t>(value);
    known.metric->inc(std::max<std::int64_t>(now - known.value, 0));
    known.value = now;
  }

  void measure(const std::string& name, const labels& by, std::uint64_t value) {
    auto& known = gauges_[{name, by}];
    if (known.metric == nullptr) {
      known.metric = registry_.gauge_instance(prefix_, name, views_of(by), help(name));
    }
    const auto now = static_cast<std::int64_t>(value);
    known.metric->inc(now - known.value);
    known.value = now;
  }

 private:
  template <class Metric>
  struct share {
    Metric* metric = nullptr;
    std::int64_t value = 0;
  };

  using key = std::pair<std::string, labels>;

  static std::vector<caf::telemetry::label_view> views_of(const labels& by) {
    std::vector<caf::telemetry::label_view> views;
    for (const auto& [label, value] : by) views.emplace_back(label, value);
    return views;
  }

  static std::string help(const std::string& name) {
    return "The counter " + name + " in actors/statistics.h.";
  }

  caf::telemetry::metric_registry& registry_;
  const std::string prefix_;
  std::map<key, share<caf::telemetry::int_counter>> counters_;
  std::map<key, share<caf::telemetry::int_gauge>> gauges_;
};

/// The fields that rise and fall.
template <class Statistics>
bool is_gauge(std::uint64_t Statistics::*member) {
  if constexpr (std::is_same_v<Statistics, statistics>) {
    return member == &statistics::held_bytes || member == &statistics::queued ||
           member == &statistics::queued_bytes;
  } else {
    return member == &loop_statistics::sockets || member == &loop_statistics::chunks_in_use ||
           member == &loop_statistics::unused_bytes || member == &loop_statistics::actors ||
           member == &loop_statistics::longest_run_ns;
  }
}

template <class Statistics>
void export_fields(contribution& to, const labels& by, const Statistics& counted) {
  for_each_counter<Statistics>([&](const char* name, auto member) {
    if (is_gauge(member)) {
      to.measure(name, by, counted.*member);
    } else {
      to.count(name, by, counted.*member);
    }
  });
}

void export_socket(contribution& to, const labels& by, const statistics& counted) {
  export_fields(to, by, counted);
  for (const auto& each : counted.errors) {
    auto with_errno = by;
    with_errno.emplace("errno", errno_symbol(each.error));
    to.count("errors", with_errno, each.count);
  }
}

void export_runtime(contribution& to, const labels& by, const runtime_statistics& counted) {
  to.count("opened", by, counted.opened);
  to.measure("open", by, counted.open);
  to.count("refused", by, counted.refused);
  for (std::size_t i = 0; i < counted.loops.size(); ++i) {
    auto with_loop = by;
    with_loop.emplace("loop", std::to_string(i));
    export_fields(to, with_loop, counted.loops[i]);
  }
}

milliseconds at_least_one(milliseconds interval) { return std::max(interval, milliseconds(1)); }

/// Ends with `source`.
template <class Handle>
void watch(caf::event_based_actor* self, const Handle& source) {
  self->monitor(source, [self](const caf::error&) { self->quit(); });
}

caf::behavior follow_socket(caf::event_based_actor* self, const socket_actor& sock,
                            const labels& by, milliseconds interval) {
  watch(self, sock);
  const auto to = std::make_shared<contribution>(self->system(), "dgram.socket");
  self->mail(caf::tick_atom_v).send(self);
  return {[=](caf::tick_atom) {
    self->mail(get_statistics{})
        .request(sock, caf::infinite)
        .then(
            [=](const statistics& counted) {
              export_socket(*to, by, counted);
              self->mail(caf::tick_atom_v).delay(interval).send(self);
            },
            [self](const caf::error&) { self->quit(); });
  }};
}

caf::behavior follow_runtime(caf::event_based_actor* self, const std::weak_ptr<runtime_core>& weak,
                             const opener_actor& opener, const labels& by, milliseconds interval) {
  watch(self, opener);
  const auto to = std::make_shared<contribution>(self->system(), "dgram.runtime");
  self->mail(caf::tick_atom_v).send(self);
  return {[=](caf::tick_atom) {
    const auto core = weak.lock();
    if (!core) return self->quit();
    export_runtime(*to, by, core->get_statistics());
    self->mail(caf::tick_atom_v).delay(interval).send(self);
  }};
}

}  // namespace

void export_statistics(const socket_actor& sock, const std::string& name, milliseconds interval) {
  if (!sock) return;
  sock->home_system().spawn<caf::hidden>(follow_socket, sock, labels{{"name", name}},
                                         at_least_one(interval));
}

void export_statistics(const runtime& net, const std::string& name, milliseconds interval) {
  const auto weak = core_of(net);
  const auto core = weak.lock();
  if (!core || !core->opener()) return;
  core->system().spawn<caf::hidden>(follow_runtime, weak, core->opener(), labels{{"name", name}},
                                    at_least_one(interval));
}

}  // namespace dgram
