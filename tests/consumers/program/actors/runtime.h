/// A file of the consumer's own, named like one of caf_dgram's.
#pragma once

namespace consumer {

constexpr const char* greeting() { return "a datagram to myself"; }

}  // namespace consumer
