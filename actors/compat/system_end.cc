#include "caf_dgram/actors/compat/system_end.h"

#include "caf_dgram/actors/compat/caf_version.h"

#include "caf/attachable.hpp"
#include "caf_dgram/actors/compat/runner.h"

#include <memory>
#include <utility>

namespace dgram {
#ifdef CAF_DGRAM_AFTER_CAF_1_1
// CAF's main branch has nothing that ends between the last actor and the scheduler: there,
// runtimes have to end before their system (docs/dependencies.md).
system_end_watch::system_end_watch(caf::actor_system&, std::function<void()>) {}

system_end_watch::~system_end_watch() = default;

void system_end_watch::stop() {}
#else
namespace {

/// No token of CAF's own has this type.
constexpr std::size_t token_type = 0x6467726d;

class end_hook final : public caf::attachable {
 public:
  end_hook(const system_end_watch* watch, std::function<void()> callback)
      : watch_(watch), callback_(std::move(callback)) {}

  void actor_exited(const caf::error&, actor_runner*) override { callback_(); }

  bool matches(const token& what) override {
    return what.subtype == token_type && what.ptr == watch_;
  }

 private:
  const system_end_watch* watch_;
  std::function<void()> callback_;
};

}  // namespace

// CAF stops its spawn server once all actors that the system waits for have ended.
system_end_watch::system_end_watch(caf::actor_system& system, std::function<void()> callback)
    : watched_(system.spawn_serv()) {
  watched_->get()->attach(std::make_unique<end_hook>(this, std::move(callback)));
}

system_end_watch::~system_end_watch() { stop(); }

void system_end_watch::stop() {
  if (!watched_) return;
  watched_->get()->detach(caf::attachable::token(token_type, this));
  watched_ = nullptr;
}
#endif

}  // namespace dgram
