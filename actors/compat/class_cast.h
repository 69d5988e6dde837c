/// Finds what an actor is besides one of CAF's.
#pragma once

#include <cstddef>
#include <typeinfo>

#include "caf/abstract_actor.hpp"

namespace dgram {

/// As `dynamic_cast<To*>`, which is slow: it compares names of classes. The answer is the same for
/// all objects of one class, and the last one is remembered. `who` must be a whole actor, which an
/// actor's handle refers to.
template <class To>
To* class_cast(caf::abstract_actor* who) {
  struct known_class {
    const std::type_info* type = nullptr;
    bool is_one = false;
    std::ptrdiff_t offset = 0;  ///< Of the To in it.
  };
  thread_local known_class last;
  if (who == nullptr) return nullptr;
  auto* const begin = reinterpret_cast<char*>(who);
  if (last.type != &typeid(*who)) {
    auto* const found = dynamic_cast<To*>(who);
    last = {&typeid(*who), found != nullptr,
            found != nullptr ? reinterpret_cast<char*>(found) - begin : 0};
  }
  return last.is_one ? reinterpret_cast<To*>(begin + last.offset) : nullptr;
}

}  // namespace dgram
