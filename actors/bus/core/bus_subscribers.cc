#include "caf_dgram/actors/bus/core/bus_subscribers.h"

#include "caf_dgram/actors/socket/basic_subscribers_members.h"

namespace dgram {

template class basic_subscribers<bus_events>;

}  // namespace dgram
