#include "caf_dgram/actors/message_types.h"

#include <type_traits>

#include "caf_dgram/actors/commands.h"
#include "caf_dgram/actors/compat/registration.h"
#include "caf_dgram/actors/error.h"
#include "caf_dgram/actors/events.h"
#include "caf_dgram/actors/inspect.h"
#include "caf_dgram/actors/inspect_values.h"
#include "caf_dgram/actors/opener.h"
#include "caf_dgram/actors/resolver.h"
#include "caf_dgram/actors/socket/hosted_actor.h"
#include "caf_dgram/actors/socket_actor.h"

namespace dgram {
namespace {

/// Types that are in no list of commands, answers or events.
using others = message_list<resolve, resolved, socket_actor>;

template <class T>
struct message_type {
  using type = T;
};

template <class Visit, class... Messages>
void visit_each(Visit& visit, message_list<Messages...>) {
  (visit(message_type<Messages>()), ...);
}

/// Visits everything that is a message or an element of one, and is not of C++ or CAF.
template <class Visit>
void for_each_message_type(Visit visit) {
  visit_each(visit, all_commands());
  visit_each(visit, all_answers());
  visit_each(visit, all_events());
  visit_each(visit, others());
}

template <class T>
const char* name_of(message_type<T>) {
  if constexpr (std::is_same_v<T, socket_actor>) {
    return "dgram::socket_actor";
  } else {
    return type_name_of<T>;
  }
}

}  // namespace

void add_message_types(caf::actor_system_config& config) {
  register_numbered_types();
  for_each_message_type([&](auto each) {
    register_message_type<typename decltype(each)::type>(config, name_of(each));
  });
  register_error_category(config, errc::closed, describe);
}

caf::error check_message_types(caf::actor_system& system) {
  caf::error missing;
  for_each_message_type([&](auto each) {
    if (missing || is_registered<typename decltype(each)::type>(system)) return;
    missing =
        to_error(failure(errc::not_registered, "message type", name_of(each), how_to_register));
  });
  return missing;
}

}  // namespace dgram

CAF_DGRAM_INSTANTIATE_REGISTRATION
