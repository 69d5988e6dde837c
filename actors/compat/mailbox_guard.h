/// Lets an actor class of the library decide what enters its mailbox.
#pragma once

#include "caf/mailbox_element.hpp"

namespace dgram {

/// A base of classes that are spawned on a loop (`loop_actor`).
class mailbox_guard {
 public:
  /// Another message may take an element's place, or none. Any thread, once the actor is spawned.
  virtual caf::mailbox_element_ptr admit(caf::mailbox_element_ptr element) = 0;

 protected:
  ~mailbox_guard() = default;
};

}  // namespace dgram
