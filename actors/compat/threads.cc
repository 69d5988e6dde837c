#include "caf_dgram/actors/compat/threads.h"

#include <caf/actor_system.hpp>
#include <caf/config.hpp>
#include <caf/logger.hpp>
#if CAF_MAJOR_VERSION >= 1
#include <pthread.h>

#include <array>
#include <string_view>
#else
#include <caf/policy/work_sharing.hpp>
#include <caf/policy/work_stealing.hpp>
#include <caf/scheduler/coordinator.hpp>

#include <cstddef>
#include <thread>
#endif

namespace dgram {

// CAF sets the current logger on every thread that it runs on, even with logging off.
bool is_known_to_caf() { return caf::logger::current_logger() != nullptr; }

void make_known_to(caf::actor_system& system) {
#if CAF_MAJOR_VERSION >= 1
  caf::logger::current_logger(&system);
#else
  caf::logger::set_current_actor_system(&system);
#endif
}

#if CAF_MAJOR_VERSION >= 1
// CAF 1.x keeps its schedulers' workers to itself, but names their threads.
bool is_scheduler_thread(caf::actor_system&) {
  std::array<char, 16> name{};
  return ::pthread_getname_np(::pthread_self(), name.data(), name.size()) == 0 &&
         std::string_view(name.data()) == "caf.worker";
}
#else
namespace {

template <class Policy>
bool is_worker_of(caf::scheduler::abstract_coordinator& scheduler) {
  auto* pool = dynamic_cast<caf::scheduler::coordinator<Policy>*>(&scheduler);
  if (pool == nullptr) return false;
  for (std::size_t i = 0; i < pool->num_workers(); ++i) {
    if (pool->worker_by_id(i)->get_thread().get_id() == std::this_thread::get_id()) return true;
  }
  return false;
}

}  // namespace

bool is_scheduler_thread(caf::actor_system& system) {
  auto& scheduler = system.scheduler();
  return is_worker_of<caf::policy::work_stealing>(scheduler) ||
         is_worker_of<caf::policy::work_sharing>(scheduler);
}
#endif

}  // namespace dgram
