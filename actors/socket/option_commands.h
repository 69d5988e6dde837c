/// Expands the short forms of `set_option`.
#pragma once

#include "caf_dgram/actors/commands.h"

namespace dgram {

inline const set_option& in_full(const set_option& command) { return command; }

inline set_option in_full(const set_broadcast& command) {
  return {option::broadcast, command.enabled};
}

inline set_option in_full(const set_ttl& command) { return {option::ttl, command.ttl}; }

inline set_option in_full(const set_multicast_ttl& command) {
  return {option::multicast_ttl, command.ttl};
}

inline set_option in_full(const set_multicast_loopback& command) {
  return {option::multicast_loopback, command.enabled};
}

inline set_option in_full(const set_multicast_interface& command) {
  return {option::multicast_interface, command.interface};
}

}  // namespace dgram
