/// A resolver whose answers the test provides.
#pragma once

#include <string>

#include "caf/all.hpp"
#include "caf_dgram/actors/resolver.h"

namespace dgram::testing {

class scripted_resolver {
 public:
  explicit scripted_resolver(caf::actor_system& system);
  scripted_resolver(const scripted_resolver&) = delete;
  scripted_resolver& operator=(const scripted_resolver&) = delete;

  /// Ends the resolver's actor.
  ~scripted_resolver();

  const resolver_actor& handle() const { return handle_; }

  /// Waits for the next question; returns "FAMILY NAME".
  std::string await_question();

  /// Answers all open questions, or the one that was asked first.
  void answer_all(const endpoint& address);
  void answer_first(const endpoint& address);
  void fail_all(const std::string& reason);

 private:
  caf::scoped_actor self_;
  resolver_actor handle_;
};

}  // namespace dgram::testing
