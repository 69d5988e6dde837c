#include "caf_dgram/actors/caf_1/flows.h"

#include <algorithm>
#include <cstdint>

#include "caf/detail/atomic_ref_counted.hpp"
#include "caf/disposable.hpp"
#include "caf/flow/observable_builder.hpp"
#include "caf/flow/op/cold.hpp"
#include "caf/flow/subscription.hpp"
#include "caf_dgram/actors/compat/passive_actor.h"
#include "caf_dgram/actors/compat/sending.h"

namespace dgram {
namespace {

using caf::flow::coordinator;
using caf::flow::observer;

/// What an observer holds. All but `schedule` is for the coordinator's thread.
class datagram_subscription final : public caf::detail::atomic_ref_counted,
                                    public caf::flow::subscription::impl,
                                    public caf::disposable::impl {
 public:
  datagram_subscription(coordinator* parent, observer<message_event> out)
      : parent_(parent), out_(std::move(out)) {}

  /// Starts it: `subscriber` gets the socket's datagrams.
  void start(socket_actor sock, caf::strong_actor_ptr subscriber) {
    sock_ = std::move(sock);
    subscriber_ = std::move(subscriber);
  }

  coordinator* parent() const noexcept override { return parent_.get(); }
  bool disposed() const noexcept override { return !out_; }

  void request(std::size_t n) override {
    if (!out_ || n == 0) return;
    const auto credits = std::min<std::uint64_t>(n, most_credits);
    send_anonymously(sock_, grant{subscriber_, static_cast<std::int64_t>(credits)});
  }

  void cancel() override {
    out_.release_later();
    stop();
  }

  void dispose() override {
    parent_->delay_fn([me = caf::intrusive_ptr<datagram_subscription>(this)] {
      me->finish(caf::make_error(caf::sec::disposed));
    });
  }

  /// Any thread.
  template <class Action>
  void schedule(Action action) {
    parent_->schedule_fn([me = caf::intrusive_ptr<datagram_subscription>(this),
                          action = std::move(action)] { action(*me); });
  }

  void take(const batch& datagrams) {
    for (const auto& each : datagrams) {
      // The observer may cancel within on_next.
      if (!out_) return;
      out_.on_next({each.share(), each.peer != nullptr ? *each.peer : endpoint(), each.size});
    }
  }

  /// Completes the flow if there is no reason.
  void finish(const caf::error& reason) {
    if (!out_) return;
    stop();
    if (reason) {
      out_.on_error(reason);
    } else {
      out_.on_complete();
    }
  }

  void ref_coordinated() const noexcept override { ref(); }
  void deref_coordinated() const noexcept override { deref(); }
  void ref_disposable() const noexcept override { ref(); }
  void deref_disposable() const noexcept override { deref(); }

  friend void intrusive_ptr_add_ref(const datagram_subscription* x) noexcept { x->ref(); }
  friend void intrusive_ptr_release(const datagram_subscription* x) noexcept { x->deref(); }

 private:
  // Leaves room for the sum of several grants.
  static constexpr std::uint64_t most_credits = std::uint64_t{1} << 62;

  void stop() {
    if (subscriber_) caf::anon_send_exit(subscriber_, caf::exit_reason::user_shutdown);
    subscriber_ = nullptr;
  }

  const caf::flow::coordinator_ptr parent_;
  observer<message_event> out_;
  socket_actor sock_;
  caf::strong_actor_ptr subscriber_;
};

using subscription_ptr = caf::intrusive_ptr<datagram_subscription>;

/// The socket's subscriber: passes what it gets to the coordinator.
class flow_subscriber final : public passive_actor {
 public:
  explicit flow_subscriber(subscription_ptr target) : target_(std::move(target)) {}

  const char* name() const override { return "dgram.flow"; }

  /// Call it once.
  void subscribe_at(const socket_actor& sock) {
    end_with(sock);
    const caf::strong_actor_ptr self(ctrl());
    const subscribe command{
        self,          delivery::batched,          0,
        excess::pause, subscribe::default_backlog, event_kinds::datagrams | event_kinds::close};
    caf::actor_cast<caf::abstract_actor*>(sock)->enqueue(
        make_element(self, caf::make_message_id(1), command), nullptr);
  }

 private:
  void handle(caf::mailbox_element_ptr element, actor_runner* runs_on) override {
    const auto& content = element->content();
    if (content.match_elements<batch_event>()) {
      target_->schedule([event = content.get_as<batch_event>(0)](datagram_subscription& target) {
        target.take(event.datagrams);
      });
    } else if (content.match_elements<close_event>()) {
      finish(content.get_as<close_event>(0).reason);
    } else if (content.match_elements<caf::error>()) {
      finish(content.get_as<caf::error>(0));
    }
    // A socket of another node counts what was not answered as unhandled.
    if (element->mid.is_request()) {
      send_shared({ctrl()}, element->sender, element->mid.response_id(), caf::message(), runs_on);
    }
  }

  void on_end(actor_runner*) override {
    finish(to_error(failure(errc::closed, subscribe::operation, "", "the socket has ended")));
  }

  void finish(const caf::error& reason) {
    target_->schedule([reason](datagram_subscription& target) { target.finish(reason); });
  }

  const subscription_ptr target_;
};

class datagrams final : public caf::flow::op::cold<message_event> {
 public:
  datagrams(coordinator* parent, caf::actor_system& system, socket_actor sock)
      : cold(parent), system_(system), sock_(std::move(sock)) {}

  caf::disposable subscribe(observer<message_event> out) override {
    auto made = parent_->add_child(std::in_place_type<datagram_subscription>, out);
    auto subscriber = spawn_passive<caf::actor, flow_subscriber>(system_, made);
    made->start(sock_, caf::actor_cast<caf::strong_actor_ptr>(subscriber));
    // Before the observer requests items: credits are for subscribers.
    dynamic_cast<flow_subscriber&>(*caf::actor_cast<caf::abstract_actor*>(subscriber))
        .subscribe_at(sock_);
    parent_->watch(made->as_disposable());
    out.on_subscribe(caf::flow::subscription(made));
    return made->as_disposable();
  }

 private:
  caf::actor_system& system_;
  const socket_actor sock_;
};

}  // namespace

caf::flow::observable<message_event> observe(caf::flow::coordinator* self,
                                             const socket_actor& sock) {
  if (!sock) {
    return self->make_observable().fail<message_event>(
        to_error(failure(errc::closed, subscribe::operation, "", "no socket given")));
  }
  return self->add_child_hdl(std::in_place_type<datagrams>, sock->home_system(), sock);
}

}  // namespace dgram
