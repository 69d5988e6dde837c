/// A runtime's options from the program's configuration file and command line.
///
///   dgram::system_config cfg;                     // or one derived from it
///   if (auto why = cfg.parse(argc, argv)) …
///   auto options = dgram::read_options(cfg);      // --dgram.loops=4
///   if (!options) return report(options.error()); // "dgram.loops=0: out of range: …"
///   caf::actor_system sys{cfg};
///   dgram::runtime net{sys, *options};
///
/// Modules of CAF's are loaded by `load_module<caf::io::middleman>(cfg)`.
#pragma once

#include "caf/actor_system_config.hpp"
#include "caf/config_option_set.hpp"
#include "caf/expected.hpp"
#include "caf_dgram/actors/compat/modules.h"
#include "caf_dgram/actors/runtime_options.h"

namespace dgram {

/// Adds the options that `read_options` reads, as the group "dgram": for programs
/// whose configuration is not a `system_config`.
void add_options(caf::config_option_set& options);

/// Reads the options of a parsed configuration; missing ones have their defaults. See
/// docs/configuration.md:
///
///   dgram.loops                  1 to 1024                    1
///   dgram.poller                 "epoll" or "poll"            the system's best
///   dgram.spin                   0s to 1s                     50us
///   dgram.moderation             0s to 1s                     60us
///   dgram.resolve-timeout        1ms to 24h                   30s
///   dgram.max-waiting-for-names  1 to 1000000                 1024
///   dgram.linger                 0s to 24h                    1s
///   dgram.receive-memory         4096 to 2^40 bytes           8 MiB
///   dgram.send-queue-datagrams   1 to 2^24                    65536
///   dgram.send-queue-bytes       1 to 2^40 bytes              16 MiB
///   dgram.remote-unacknowledged  4096 to 2^40 bytes           1 MiB
///   dgram.report-busy-after      0s to 24h, 0s never reports  1s
///   dgram.report-waiting-after   0s to 24h, 0s never reports  5s
///
/// Errors: wrong_type, out_of_range, unsupported_option (none of these names), with
/// option, value and range.
caf::expected<runtime_options> read_options(const caf::actor_system_config& config);

/// A configuration with this library's message types (`add_message_types`) and options.
class system_config : public caf::actor_system_config {
 public:
  system_config();
};

}  // namespace dgram
