/// A handle to an actor of any kind, for places where only its mailbox matters:
///
///   dgram::subscribe{self}           // a pointer to any kind of actor, a scoped_actor
///   dgram::subscribe{typed_handle}   // with any interface
///
/// caf::actor is not enough: it cannot be constructed from statically typed handles.
#pragma once

#include <string>
#include <type_traits>
#include <utility>

#include "caf/actor.hpp"
#include "caf/actor_cast.hpp"
#include "caf/scoped_actor.hpp"
#include "caf/typed_actor.hpp"
#include "caf/typed_actor_pointer.hpp"
#include "caf_dgram/actors/compat/inspection.h"

namespace dgram {

/// A value like caf::actor: null or a strong reference, cheap to copy.
class any_actor {
 public:
  any_actor() = default;

  any_actor(std::nullptr_t) {}  // NOLINT: implicit by design, like all that follow

  any_actor(caf::actor handle) : handle_(std::move(handle)) {}  // NOLINT

  template <class... Signatures>
  any_actor(const caf::typed_actor<Signatures...>& handle)  // NOLINT
      : handle_(caf::actor_cast<caf::actor>(handle)) {}

  any_actor(const caf::strong_actor_ptr& handle)  // NOLINT
      : handle_(caf::actor_cast<caf::actor>(handle)) {}

  any_actor(const caf::scoped_actor& self) : handle_(self) {}  // NOLINT

  /// `self` of an event-based, blocking, stateful or typed actor; null gives null.
  template <class Actor, class = std::enable_if_t<std::is_base_of_v<caf::abstract_actor, Actor>>>
  any_actor(Actor* self)  // NOLINT
      : handle_(self != nullptr ? caf::actor_cast<caf::actor>(self) : caf::actor()) {}

  template <class... Signatures>
  any_actor(const caf::typed_actor_pointer<Signatures...>& self)  // NOLINT
      : any_actor(self.internal_ptr()) {}

  const caf::actor& handle() const noexcept { return handle_; }
  operator const caf::actor&() const noexcept { return handle_; }  // NOLINT

  explicit operator bool() const noexcept { return static_cast<bool>(handle_); }

  friend bool operator==(const any_actor& a, const any_actor& b) { return a.handle_ == b.handle_; }
  friend bool operator!=(const any_actor& a, const any_actor& b) { return !(a == b); }

  friend std::string to_string(const any_actor& x) { return to_string(x.handle_); }

  template <class Inspector>
  friend auto inspect(Inspector& f, any_actor& x) {
    return inspect_as_part(f, x.handle_);
  }

 private:
  caf::actor handle_;
};

/// Whether a `T` is a handle or a `self` that converts to any_actor.
template <class T>
inline constexpr bool is_actor_handle =
    !std::is_same_v<T, any_actor> && std::is_convertible_v<const T&, any_actor>;

// Templates, since CAF's own comparisons of handles would be ambiguous otherwise.

template <class T, class = std::enable_if_t<is_actor_handle<T>>>
bool operator==(const any_actor& a, const T& b) {
  return a == any_actor(b);
}

template <class T, class = std::enable_if_t<is_actor_handle<T>>>
bool operator==(const T& a, const any_actor& b) {
  return any_actor(a) == b;
}

template <class T, class = std::enable_if_t<is_actor_handle<T>>>
bool operator!=(const any_actor& a, const T& b) {
  return !(a == b);
}

template <class T, class = std::enable_if_t<is_actor_handle<T>>>
bool operator!=(const T& a, const any_actor& b) {
  return !(a == b);
}

}  // namespace dgram
