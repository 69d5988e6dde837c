#include "caf_dgram/actors/socket/subscribers.h"

#include "caf_dgram/actors/socket/basic_subscribers_members.h"

namespace dgram {

template class basic_subscribers<socket_events>;

}  // namespace dgram
