/// Datagrams as CAF's flows: a socket's as an observable, and an observer that sends.
/// Only with CAF 1.x.
///
///   dgram::observe(self, sock)                         // an echo that drops empty ones
///       .filter([](const dgram::message_event& event) { return !event.data.empty(); })
///       .map([](const dgram::message_event& event) {
///         return dgram::send{event.data, event};
///       })
///       .subscribe(dgram::send_through(self, sock));
#pragma once

#include <cstddef>
#include <functional>
#include <utility>

#include "caf/error.hpp"
#include "caf/flow/coordinator.hpp"
#include "caf/flow/observable.hpp"
#include "caf/flow/observer.hpp"
#include "caf_dgram/actors/commands.h"
#include "caf_dgram/actors/compat/asking.h"
#include "caf_dgram/actors/error.h"
#include "caf_dgram/actors/events.h"
#include "caf_dgram/actors/socket_actor.h"

namespace dgram {

/// The datagrams that a socket receives. Each observer is a subscriber of its own with as
/// many credits as it has requested items: the socket sends it no more, and keeps or, at
/// the latest in the kernel, drops the rest as for any subscriber without credits
/// (`excess::pause`). `self` points to the actor, or other coordinator, that runs the flow.
///
/// The flow completes when the socket is closed, and fails with the reason if it ends
/// otherwise. Errors: those of `subscribe`; closed (the socket had ended).
caf::flow::observable<message_event> observe(caf::flow::coordinator* self,
                                             const socket_actor& sock);

/// Datagrams on their way from `send_through` to the socket, unless given.
inline constexpr std::size_t default_send_window = 64;

namespace internal {

/// Sends each item, and requests another one when the socket has answered.
template <class Self>
class send_observer final : public caf::flow::observer_impl_base<send> {
 public:
  using failure_handler = std::function<void(const send&, const caf::error&)>;

  send_observer(Self self, socket_actor sock, failure_handler on_failure, std::size_t window)
      : self_(self), sock_(std::move(sock)), on_failure_(std::move(on_failure)), window_(window) {}

  caf::flow::coordinator* parent() const noexcept override { return &*self_; }

  void on_subscribe(caf::flow::subscription to) override {
    if (has_subscribed_) return to.cancel();
    has_subscribed_ = true;
    subscription_ = std::move(to);
    subscription_.request(window_);
  }

  void on_next(const send& what) override {
    const caf::intrusive_ptr<send_observer> me(this);
    send_request(self_, sock_, caf::infinite, what)
        .then([me](std::uint64_t) { me->go_on(); },
              [me, what](const caf::error& why) { me->fail(what, why); });
  }

  void on_complete() override { subscription_.release_later(); }
  void on_error(const caf::error&) override { subscription_.release_later(); }

 private:
  void go_on() {
    if (subscription_) subscription_.request(1);
  }

  void fail(const send& what, const caf::error& why) {
    if (on_failure_) on_failure_(what, why);
    if (code_of(why) != errc::closed) return go_on();
    if (subscription_) subscription_.cancel();
  }

  const Self self_;
  const socket_actor sock_;
  const failure_handler on_failure_;
  const std::size_t window_;
  bool has_subscribed_ = false;
  caf::flow::subscription subscription_;
};

}  // namespace internal

/// An observer that sends each item through a socket, as requests of the event-based actor
/// `self`. It asks its source for another item whenever the socket has answered one, so
/// that no more than `window` are under way. A datagram that cannot be sent is passed to
/// `on_failure`, if there is one, and the flow goes on; once the socket has ended, the
/// observer cancels its subscription.
template <class Self>
caf::flow::observer<send> send_through(
    Self self, socket_actor sock,
    std::function<void(const send&, const caf::error&)> on_failure = nullptr,
    std::size_t window = default_send_window) {
  using observer = internal::send_observer<Self>;
  return caf::flow::observer<send>(caf::make_counted<observer>(
      self, std::move(sock), std::move(on_failure), window == 0 ? 1 : window));
}

}  // namespace dgram
