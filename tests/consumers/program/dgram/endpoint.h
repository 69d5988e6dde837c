/// A file of the consumer's own, named like one of caf_dgram's.
#pragma once

namespace consumer {

constexpr const char* host() { return "127.0.0.1"; }

}  // namespace consumer
