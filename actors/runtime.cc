#include "caf_dgram/actors/runtime.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "caf_dgram/actors/error.h"
#include "caf_dgram/actors/resolve/shared_resolver.h"
#include "caf_dgram/actors/socket/hosted_socket.h"
#include "caf_dgram/actors/socket/socket_group.h"
#include "caf_dgram/dgram/posix/socket.h"

namespace dgram {
namespace {

/// Has an actor that was spawned to start with its first message begin. The
/// message is no command, for a command may find the socket closed already and
/// tell subscribers so.
void start(const caf::strong_actor_ptr& lazy) {
  lazy->enqueue(nullptr, caf::make_message_id(), caf::make_message(), nullptr);
}

}  // namespace

runtime::runtime(caf::actor_system& system, runtime_options options)
    : system_(system), options_(std::move(options)) {
  const auto count = std::max<std::size_t>(options_.loops, 1);
  loops_.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    auto poller = make_poller(options_.poller);
    if (!poller.ok()) throw std::runtime_error(std::string(poller.status().message()));
    loops_.push_back(std::make_unique<loop>(system, *std::move(poller),
                                            loop_timing{options_.spin, options_.moderation}));
  }
  auto backend = options_.resolver ? options_.resolver : spawn_resolver(system);
  own_resolvers_.push_back(spawn_shared_resolver(system, backend, options_.resolve_timeout));
  if (!options_.resolver) own_resolvers_.push_back(std::move(backend));
}

runtime::~runtime() {
  census_.await_none_referenced();
  shutdown();
  loops_.clear();
  // Nobody waits for them later: they are hidden from the actor system.
  caf::scoped_actor self{system_, true};
  for (const auto& resolver : own_resolvers_) {
    self->send_exit(resolver, caf::exit_reason::user_shutdown);
    self->wait_for(resolver);
  }
}

loop& runtime::least_loaded() {
  const auto found =
      std::min_element(loops_.begin(), loops_.end(),
                       [](const auto& a, const auto& b) { return a->load() < b->load(); });
  return **found;
}

caf::expected<socket_actor> runtime::open(family f, const open_options& options) {
  auto descriptor = open_descriptor(f, options);
  if (!descriptor.ok()) return to_error(descriptor.status());
  return host<caf::hidden>(least_loaded(), *std::move(descriptor), options, nullptr);
}

absl::StatusOr<socket> runtime::open_descriptor(family f, const open_options& options) {
  auto descriptor = socket::open(f, *options.kernel);
  if (!descriptor.ok()) ++refused_;
  return descriptor;
}

runtime_statistics runtime::get_statistics() const {
  runtime_statistics result{census_.opened(), census_.open(), refused_, {}};
  for (const auto& each : loops_) result.loops.push_back(each->count());
  return result;
}

template <caf::spawn_options Options>
socket_actor runtime::host(loop& where, socket descriptor, const open_options& options,
                           caf::strong_actor_ptr group) {
  census_.add(options.referenced);
  ++where.load();
  caf::actor_config config{&where};
  return system_.spawn_impl<hosted_socket, Options>(
      config, std::move(descriptor),
      hosted_socket_setup{where, census_, options, own_resolvers_.front(), options_.resolve_timeout,
                          options_.max_waiting_for_names, options_.linger, std::move(group)});
}

caf::expected<socket_actor> runtime::open_group(family f, const address& local,
                                                const open_options& options) {
  constexpr const char* operation = "open group";
  auto where = locate(operation, local, f, address_role::local);
  if (!where.ok()) return to_error(where.status());
  if (!is_udp(f) || !where->name.empty()) {
    return to_error(failure(errc::invalid_address, operation, local.to_string(),
                            "a group needs a UDP address in numbers"));
  }
  std::vector<socket> descriptors;
  for (std::size_t i = 0; i < loops_.size(); ++i) {
    auto descriptor = open_descriptor(f, options);
    if (!descriptor.ok()) return to_error(descriptor.status());
    auto status = descriptor->set(option::reuse_port, true);
    if (status.ok()) status = descriptor->bind(where->where);
    if (!status.ok()) return to_error(status);
    // The others share the port that the first one got.
    where->where = *descriptor->local_endpoint();
    descriptors.push_back(*std::move(descriptor));
  }
  // All are complete before any of them is started, by its first message.
  constexpr auto later = caf::hidden + caf::lazy_init;
  caf::actor_config config;
  auto group = system_.spawn_impl<socket_group, later>(config, options.listener, options.datagrams);
  const auto speaker = caf::actor_cast<caf::strong_actor_ptr>(group);
  std::vector<socket_actor> members;
  for (std::size_t i = 0; i < loops_.size(); ++i) {
    members.push_back(host<later>(*loops_[i], std::move(descriptors[i]), options, speaker));
  }
  auto& actor = dynamic_cast<socket_group&>(*caf::actor_cast<caf::abstract_actor*>(group));
  actor.adopt(members);
  if (options.listener) {
    send_shared(speaker, options.listener, caf::make_message(listening_event{where->where}),
                nullptr);
  }
  start(speaker);
  for (const auto& member : members) start(caf::actor_cast<caf::strong_actor_ptr>(member));
  return socket_actor(group);
}

caf::expected<socket_actor> runtime::open(family f, caf::actor listener) {
  open_options options;
  options.listener = std::move(listener);
  return open(f, options);
}

void runtime::shutdown() {
  for (auto& host : loops_) host->shut_down();
}

}  // namespace dgram
