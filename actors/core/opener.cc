#include "caf_dgram/actors/core/opener.h"

#include <utility>

#include "caf/typed_event_based_actor.hpp"
#include "caf_dgram/actors/compat/asking.h"
#include "caf_dgram/actors/core/runtime_core.h"
#include "caf_dgram/actors/error.h"
#include "caf_dgram/actors/socket/after_end.h"

namespace dgram {
namespace {

using answer = caf::typed_response_promise<socket_actor>;

/// Performs the steps of an open that need look-ups, one after the other.
class steps : public std::enable_shared_from_this<steps> {
 public:
  steps(opener_actor::pointer self, socket_actor sock, const open_options& with,
        const open_addresses& where, answer promise)
      : self_(self), sock_(std::move(sock)), promise_(std::move(promise)) {
    if (where.bind_waits()) bind_ = bind{*with.local, with.replace_stale_path};
    if (where.connect_waits()) connect_ = connect{*with.peer};
  }

  void go_on() {
    if (bind_) return ask(*std::exchange(bind_, std::nullopt));
    if (connect_) return ask(*std::exchange(connect_, std::nullopt));
    promise_.deliver(sock_);
  }

 private:
  template <class Command>
  void ask(Command command) {
    send_request(self_, sock_, caf::infinite, std::move(command))
        .then([steps = shared_from_this()](const endpoint&) { steps->go_on(); },
              [steps = shared_from_this()](const caf::error& why) { steps->fail(why); });
  }

  void fail(const caf::error& why) {
    send_anonymously(sock_, close{});
    promise_.deliver(why);
  }

  opener_actor::pointer self_;
  socket_actor sock_;
  std::optional<bind> bind_;
  std::optional<connect> connect_;
  answer promise_;
};

opener_actor::behavior_type opener(opener_actor::pointer self,
                                   const std::weak_ptr<runtime_core>& weak) {
  return {
      [self, weak](const open_socket& what) -> caf::result<socket_actor> {
        const auto core = weak.lock();
        if (!core) return to_error(closed_failure(open_socket::operation, to_string(what.family)));
        const auto where = locate_all(what.family, what.with);
        if (!where.ok()) return to_error(where.status());
        auto sock = core->open_without_names(what.family, what.with, *where);
        if (!sock) return sock.error();
        auto promise = self->make_response_promise<answer>();
        std::make_shared<steps>(self, *sock, what.with, *where, promise)->go_on();
        return promise;
      },
      [weak](const open_group& what) -> caf::result<socket_actor> {
        const auto core = weak.lock();
        if (!core) return to_error(closed_failure(open_group::operation, to_string(what.family)));
        auto group = core->open_group(what.family, what.with);
        if (!group) return group.error();
        return *group;
      },
  };
}

}  // namespace

opener_actor spawn_opener(caf::actor_system& system, const std::weak_ptr<runtime_core>& core) {
  return system.spawn<caf::hidden>(opener, core);
}

}  // namespace dgram
