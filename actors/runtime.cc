#include "caf_dgram/actors/runtime.h"

#include <stdexcept>
#include <utility>

#include "caf_dgram/actors/compat/registration.h"
#include "caf_dgram/actors/config.h"
#include "caf_dgram/actors/core/runtime_core.h"
#include "caf_dgram/actors/error.h"
#include "caf_dgram/actors/message_types.h"

namespace dgram {

/// Shared by all copies; its destructor ends the network.
class runtime::copies {
 public:
  explicit copies(std::shared_ptr<runtime_core> core) : core_(std::move(core)) {}
  copies(const copies&) = delete;
  copies& operator=(const copies&) = delete;
  ~copies() { core_->on_last_handle(); }

  const std::shared_ptr<runtime_core>& get() const { return core_; }
  runtime_core* operator->() const { return core_.get(); }

 private:
  const std::shared_ptr<runtime_core> core_;
};

namespace {

runtime_options options_of(caf::actor_system& system) {
  auto options = read_options(system.config());
  if (!options) throw std::runtime_error(describe(options.error()));
  return *std::move(options);
}

/// Messages of types that CAF requires and does not know would end the program.
caf::actor_system& checked(caf::actor_system& system) {
  if constexpr (is_registration_required) {
    if (const auto missing = check_message_types(system)) {
      throw std::runtime_error(describe(missing));
    }
  }
  return system;
}

}  // namespace

runtime::runtime(caf::actor_system& system) : runtime(system, options_of(system)) {}

runtime::runtime(caf::actor_system& system, runtime_options options)
    : core_(std::make_shared<copies>(runtime_core::start(checked(system), std::move(options)))) {}

caf::expected<socket_actor> runtime::open(family f, const open_options& options) const {
  return (*core_)->open(f, options);
}

caf::expected<socket_actor> runtime::open(family f, any_actor listener) const {
  open_options options;
  options.listener = std::move(listener);
  return open(f, options);
}

caf::expected<socket_actor> runtime::open(family f, any_actor listener,
                                          const address& local) const {
  open_options options;
  options.listener = std::move(listener);
  options.local = local;
  return open(f, options);
}

caf::expected<socket_actor> runtime::open_group(family f, const open_options& options) const {
  return (*core_)->open_group(f, options);
}

caf::expected<unserved_sockets> runtime::open_unserved(family f, const open_options& options,
                                                       bool is_hidden) const {
  return (*core_)->open_unserved(f, options, is_hidden);
}

caf::expected<std::unique_ptr<loop_seat>> runtime::take_seat(const placement& where,
                                                             bool is_hidden) const {
  return (*core_)->take_seat(where, is_hidden);
}

caf::actor_system& runtime::system() const { return (*core_)->system(); }

opener_actor runtime::opener() const { return (*core_)->opener(); }

void runtime::shutdown() const { (*core_)->shutdown(); }

std::size_t runtime::open_sockets() const { return (*core_)->open_sockets(); }

runtime_statistics runtime::get_statistics() const { return (*core_)->get_statistics(); }

std::weak_ptr<runtime_core> core_of(const runtime& net) { return net.core_->get(); }

void use_kernel(const runtime& net, const syscalls& kernel) {
  if (const auto core = core_of(net).lock()) core->use_kernel(kernel);
}

}  // namespace dgram
