#include "tests/support/socket_test.h"

#include <cstdlib>
#include <stdexcept>

#include "caf_dgram/actors/compat/sending.h"

namespace dgram::testing {

namespace {

bool is_chosen(const char* variable, const std::string& value) {
  const char* chosen = std::getenv(variable);
  return chosen != nullptr && chosen == value;
}

/// A question that the probe answers once it has passed on what it got before.
constexpr int settled = 0;

template <class... Events>
caf::behavior passing_on_all(caf::event_based_actor* self, const caf::actor& to,
                             message_list<Events...>) {
  return {[self, to](const Events& event) {
            send_shared(self->current_sender(), to, caf::make_message_id(),
                        caf::make_message(event), nullptr);
          }...,
          [](int question) { return question; }};
}

caf::behavior passing_on(caf::event_based_actor* self, const caf::actor& to) {
  return passing_on_all(self, to, all_events{});
}

}  // namespace

runtime_options test_options() {
  runtime_options options;
  if (is_chosen("DGRAM_TEST_POLLER", "poll")) options.poller = poller_kind::poll;
  return options;
}

std::string to_line(const message_event& event) {
  return "message " + std::string(event.data.view());
}

std::string to_line(const listening_event& event) { return "listening " + event.local.to_string(); }

std::string to_line(const connect_event& event) { return "connect " + event.peer.to_string(); }

std::string to_line(const disconnect_event& event) {
  return "disconnect " + event.peer.to_string();
}

std::string to_line(const passive_event&) { return "passive"; }

std::string to_line(const overrun_event& event) {
  return "overrun " + std::to_string(event.lost) + " of " + std::to_string(event.total);
}

std::string to_line(const kernel_drop_event& event) {
  return "kernel drop " + std::to_string(event.dropped) + " of " + std::to_string(event.total);
}

std::string to_line(const drain_event& event) { return "drain " + std::to_string(event.dropped); }

std::string to_line(const error_event& event) { return "error " + describe(event.reason); }

std::string to_line(const close_event& event) {
  return event.reason ? "close " + describe(event.reason) : "close";
}

open_options at(address local) {
  open_options options;
  options.local = std::move(local);
  return options;
}

open_options heard_by(any_actor listener) {
  open_options options;
  options.listener = std::move(listener);
  options.events = event_kinds::all;
  return options;
}

socket_actor node::open(family f, any_actor listener) {
  return open(f, heard_by(std::move(listener)));
}

socket_actor node::open(family f, const open_options& options) {
  auto sock = net.open(f, options);
  if (!sock) throw std::runtime_error(describe(sock.error()));
  return *sock;
}

// Instantiated here and not in every test, which would take a quarter more time to compile.

template <class Result>
caf::expected<Result> node::answer_of(const socket_actor& sock, caf::message command) {
  return await_answer<Result>(self.ptr(), caf::actor_cast<caf::actor>(sock), std::move(command),
                              patience);
}

template caf::expected<void> node::answer_of(const socket_actor&, caf::message);
template caf::expected<std::uint64_t> node::answer_of(const socket_actor&, caf::message);
template caf::expected<batch_result> node::answer_of(const socket_actor&, caf::message);
template caf::expected<endpoint> node::answer_of(const socket_actor&, caf::message);
template caf::expected<membership> node::answer_of(const socket_actor&, caf::message);
template caf::expected<option_value> node::answer_of(const socket_actor&, caf::message);
template caf::expected<statistics> node::answer_of(const socket_actor&, caf::message);

template <class Event>
Event node::await() {
  Event result;
  self->receive([&](Event& event) { result = std::move(event); },
                caf::after(patience) >> [] { ADD_FAILURE() << "no such event came"; });
  return result;
}

template message_event node::await();
template batch_event node::await();
template listening_event node::await();
template connect_event node::await();
template disconnect_event node::await();
template passive_event node::await();
template overrun_event node::await();
template kernel_drop_event node::await();
template drain_event node::await();
template error_event node::await();
template close_event node::await();
template std::string node::await();

std::pair<socket_actor, endpoint> node::open_bound(family f, any_actor listener) {
  auto options = heard_by(std::move(listener));
  options.local = endpoint::loopback(f, 0);
  auto sock = open(f, options);
  auto local = ask<endpoint>(sock, get_local_address{});
  if (!local) throw std::runtime_error(describe(local.error()));
  return {sock, *local};
}

std::string node::next_line() {
  std::string line;
  const auto keep = [&](const auto& event) { line = to_line(event); };
  self->receive(
      [&](const message_event& e) { keep(e); }, [&](const listening_event& e) { keep(e); },
      [&](const connect_event& e) { keep(e); }, [&](const disconnect_event& e) { keep(e); },
      [&](const passive_event& e) { keep(e); }, [&](const overrun_event& e) { keep(e); },
      [&](const kernel_drop_event& e) { keep(e); }, [&](const drain_event& e) { keep(e); },
      [&](const error_event& e) { keep(e); }, [&](const close_event& e) { keep(e); },
      caf::after(patience) >> [] { ADD_FAILURE() << "no event came"; });
  return line;
}

std::vector<std::string> node::lines_so_far() {
  settle();
  std::vector<std::string> lines;
  while (self->has_next_message()) lines.push_back(next_line());
  return lines;
}

const caf::actor& node::probe() {
  if (probe_) return probe_;
  const auto to = caf::actor(self);
  if (is_chosen("DGRAM_TEST_PROBE", "loop")) {
    probe_ = *net.spawn<caf::hidden>(passing_on, to);
  } else {
    probe_ = self->spawn<caf::hidden>(passing_on, to);
  }
  return probe_;
}

bool node::has_event() {
  settle();
  return self->has_next_message();
}

void node::settle() {
  if (!probe_) return;
  send_request(self, probe_, patience, settled)
      .receive([](int) {}, [](const caf::error& why) { ADD_FAILURE() << describe(why); });
}

}  // namespace dgram::testing
