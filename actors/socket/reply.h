/// The answer that a command may be owed. A request is answered once, with a result or
/// an error; an asynchronous message is not answered.
///
///   auto r = reply<endpoint>::owed_by(*self);    // while the command is handled
///   r.deliver(ep);                               // now or later
#pragma once

#include <type_traits>
#include <utility>

#include "caf/local_actor.hpp"
#include "caf/response_promise.hpp"
#include "caf/result.hpp"

namespace dgram {

template <class T>
class reply {
 public:
  /// Owes nothing.
  reply() = default;

  /// The reply owed to the command that `self` is handling.
  static reply owed_by(caf::local_actor& self) {
    reply result;
    if (self.current_message_id().is_request()) result.promise_ = self.make_response_promise();
    return result;
  }

  /// The return value of a handler that replies through this object.
  static caf::result<T> deferred() { return caf::delegated<T>{}; }

  bool is_owed() const { return promise_.pending(); }

  void deliver(T value) {
    if (is_owed()) promise_.deliver(std::move(value));
  }

  void fail(caf::error why) {
    if (is_owed()) promise_.deliver(std::move(why));
  }

 private:
  caf::response_promise promise_;
};

/// A command without a result is answered with an empty message.
template <>
class reply<void> {
 public:
  reply() = default;

  static reply owed_by(caf::local_actor& self) {
    reply result;
    if (self.current_message_id().is_request()) result.promise_ = self.make_response_promise();
    return result;
  }

  static caf::result<void> deferred() { return caf::delegated<void>{}; }

  bool is_owed() const { return promise_.pending(); }

  void deliver() {
    if (is_owed()) promise_.deliver(caf::unit);
  }

  void fail(caf::error why) {
    if (is_owed()) promise_.deliver(std::move(why));
  }

 private:
  caf::response_promise promise_;
};

}  // namespace dgram
