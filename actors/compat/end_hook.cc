#include "caf_dgram/actors/compat/end_hook.h"

#include <utility>

#include "caf_dgram/actors/compat/caf_version.h"
#ifndef CAF_DGRAM_AFTER_CAF_1_1
#include <cstddef>
#include <memory>

#include "caf/attachable.hpp"
#include "caf_dgram/actors/compat/runner.h"
#endif

namespace dgram {
#ifdef CAF_DGRAM_AFTER_CAF_1_1
const bool can_detach_end_hooks = false;

void attach_end_hook(caf::abstract_actor& who, const void*,
                     std::function<void(const caf::error&)> on_end) {
  who.attach_functor(std::move(on_end));
}

void detach_end_hook(caf::abstract_actor&, const void*) {}
#else
namespace {

/// No token of CAF's own has this type.
constexpr std::size_t token_type = 0x6467726d;

class end_hook final : public caf::attachable {
 public:
  end_hook(const void* key, std::function<void(const caf::error&)> on_end)
      : key_(key), on_end_(std::move(on_end)) {}

  void actor_exited(const caf::error& reason, actor_runner*) override { on_end_(reason); }

  bool matches(const token& what) override {
    return what.subtype == token_type && what.ptr == key_;
  }

 private:
  const void* const key_;
  const std::function<void(const caf::error&)> on_end_;
};

}  // namespace

const bool can_detach_end_hooks = true;

void attach_end_hook(caf::abstract_actor& who, const void* key,
                     std::function<void(const caf::error&)> on_end) {
  who.attach(std::make_unique<end_hook>(key, std::move(on_end)));
}

void detach_end_hook(caf::abstract_actor& who, const void* key) {
  who.detach(caf::attachable::token(token_type, key));
}
#endif

}  // namespace dgram
