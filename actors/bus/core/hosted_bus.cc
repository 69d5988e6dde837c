#include "caf_dgram/actors/bus/core/hosted_bus.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "caf/actor_cast.hpp"
#include "caf/exit_reason.hpp"
#include "caf/system_messages.hpp"
#include "caf_dgram/actors/ask.h"
#include "caf_dgram/actors/compat/asking.h"
#include "caf_dgram/actors/compat/direct_receiver.h"
#include "caf_dgram/actors/compat/own_actor.h"
#include "caf_dgram/actors/compat/sending.h"
#include "caf_dgram/actors/error.h"
#include "caf_dgram/dgram/error.h"
#include "caf_dgram/dgram/lcm/short_form.h"

namespace dgram {
namespace {

/// What is written and waits for the end of the bus's turn; then it is sent at once.
constexpr std::size_t most_written = std::size_t{1} << 18U;

/// How often losses by credits are reported to those who take nothing.
constexpr std::chrono::milliseconds report_interval{100};

std::size_t size_in_mailbox(const publish& command) {
  return message_size<publish> + command.channel.size() + command.data.size();
}

std::size_t size_in_mailbox(const publish_batch& command) {
  return message_size<publish_batch> + command.channel.size() + command.messages.bytes() +
         command.messages.overhead();
}

const void* home_of(caf::abstract_actor& self) {
  const auto* const found = dynamic_cast<resident*>(&self);
  return found != nullptr ? found->home() : nullptr;
}

}  // namespace

hosted_bus::hosted_bus(caf::actor_config& config, hosted_bus_setup setup)
    : hosted_bus_actor::base(config),
      setup_(std::move(setup)),
      account_(std::make_shared<memory_account>(setup_.receive_memory,
                                                [self = caf::actor_addr(address())] {
                                                  if (const auto bus =
                                                          caf::actor_cast<hosted_bus_actor>(self)) {
                                                    send_anonymously(bus, bus_alarm{});
                                                  }
                                                })),
      watches_(*this, std::make_shared<death_registry>()),
      subscriptions_(*this, watches_, {account_, setup_.remote_unacknowledged}),
      publishing_(setup_.out),
      hearing_(subscriptions_, setup_.in),
      budget_(setup_.mailbox_bytes) {}

caf::mailbox_element_ptr hosted_bus::admit(caf::mailbox_element_ptr element) {
  const auto& content = element->content();
  if (content.match_elements<caf::exit_msg>()) {
    const auto& reason = content.get_as<caf::exit_msg>(0).reason;
    if (!reason || reason == caf::exit_reason::kill) return element;
    return make_element(nullptr, caf::make_message_id(), bus_exit{reason});
  }
  // CAF drops responses that nobody waits for: no handler would give their bytes back.
  if (element->mid.is_response()) return read_acknowledgement(std::move(element));
  const char* operation = nullptr;
  std::size_t size = 0;
  std::size_t messages = 1;
  if (content.match_elements<publish>()) {
    operation = publish::operation;
    size = size_in_mailbox(content.get_as<publish>(0));
  } else if (content.match_elements<publish_batch>()) {
    const auto& command = content.get_as<publish_batch>(0);
    operation = publish_batch::operation;
    size = size_in_mailbox(command);
    messages = command.messages.size();
  } else {
    return read_acknowledgement(std::move(element));
  }
  if (budget_.admit(size)) return element;
  const bool is_request = element->mid.is_request() && element->sender;
  const bool is_untold = budget_.refuse(messages, is_request);
  if (is_request) {
    auto why = to_error(failure(errc::queue_full, operation, "",
                                absl::StrCat(budget_.waiting(), " bytes wait in its mailbox")));
    send_shared(nullptr, element->sender, element->mid.response_id(),
                caf::make_message(std::move(why)), nullptr);
  }
  if (!is_untold) return nullptr;
  return make_element(nullptr, caf::make_message_id(), bus_alarm{});
}

void hosted_bus::report_refused() {
  const auto refused = budget_.take_refused();
  refused_ += refused.datagrams;
  if (refused.unanswered == 0) return;
  const auto why = failure(errc::queue_full, publish::operation, "", "the bus's mailbox is full");
  subscriptions_.publish(error_event{to_error(why), 0, publish::operation, {}});
  // The reminder has come behind all that filled it.
  subscriptions_.publish(drain_event{refused.unanswered});
}

hosted_bus::behavior_type hosted_bus::make_behavior() {
  subscriptions_.live_on(home_of(*this));
  watches_.on_end([this](const caf::actor_addr& who, const caf::error&) {
    subscriptions_.remove_dead(who);
    consider_reading();
    if (sockets_.owner && sockets_.owner.handle().address() == who) begin_close();
  });
  return handle_all(hosted_bus_commands(), hosted_bus_events());
}

template <class... Commands, class... Events>
hosted_bus::behavior_type hosted_bus::handle_all(message_list<Commands...>,
                                                 message_list<Events...>) {
  // A subscriber that does not handle an event answers with an error, which by default would end
  // this actor.
  return quiet_behavior<behavior_type>(
      *this, [this](Commands& command) { return handle(command); }...,
      [this](const Events& event) { take(event); }...);
}

// -- commands -----------------------------------------------------------------

template <class Command>
caf::result<typename Command::answer> hosted_bus::handle(Command& command) {
  using answer = typename Command::answer;
  if constexpr (std::is_same_v<Command, publish> || std::is_same_v<Command, publish_batch>) {
    if (budget_.leave(size_in_mailbox(command))) report_refused();
  }
  auto owed = reply<answer>::owed_by(*this);
  if constexpr (is_listed<Command, all_bus_commands>::value && !std::is_same_v<Command, close>) {
    if (closing_) {
      refuse(Command::operation, std::move(owed),
             failure(errc::closed, Command::operation, "", "the bus is closed"));
      return reply<answer>::deferred();
    }
  }
  perform(command, std::move(owed));
  return reply<answer>::deferred();
}

template <class Answer>
void hosted_bus::refuse(const char* operation, reply<Answer> owed, const absl::Status& why) {
  if (owed.is_owed()) return owed.fail(to_error(why));
  subscriptions_.publish(error_event{to_error(why), 0, operation, {}});
}

void hosted_bus::settle(const char* operation, reply<void> owed, const absl::Status& status) {
  if (!status.ok()) return refuse(operation, std::move(owed), status);
  consider_reading();
  owed.deliver();
}

void hosted_bus::perform(publish& command, reply<published> owed) {
  constexpr const auto* operation = publish::operation;
  const auto bytes = command.data.view();
  const auto status = publishing_.check(operation, command.channel, bytes.size());
  if (!status.ok()) return refuse(operation, std::move(owed), status);
  // What a request publishes is sent for itself, since its answer waits for that.
  if (owed.is_owed()) flush();
  const auto number = publishing_.add(
      command.channel, bytes, [&] { return command.data; }, clock::now());
  if (!number.ok()) return refuse(operation, std::move(owed), number.status());
  deliver_here(command.channel, bytes, *number);
  answer_once_sent({*number, *number}, std::move(owed));
}

void hosted_bus::perform(publish_batch& command, reply<published> owed) {
  constexpr const auto* operation = publish_batch::operation;
  if (command.messages.empty()) {
    return refuse(operation, std::move(owed),
                  failure(errc::out_of_range, operation, "0 messages", "at least 1"));
  }
  for (const auto& each : command.messages) {
    const auto status =
        publishing_.check(operation, command.channel, each.head.size() + each.bytes.size());
    if (!status.ok()) return refuse(operation, std::move(owed), status);
  }
  if (owed.is_owed()) flush();
  const auto now = clock::now();
  std::optional<published> numbers;
  for (const auto& each : command.messages) {
    // What has a head is put together.
    const bool is_whole = each.head.empty();
    const auto whole = is_whole ? payload() : each.share();
    const auto bytes = is_whole ? each.bytes : whole.view();
    const auto number = publishing_.add(
        command.channel, bytes, [&] { return is_whole ? each.share() : whole; }, now);
    if (!number.ok()) {
      flush();
      return refuse(operation, std::move(owed), number.status());
    }
    if (!numbers) numbers = published{*number, *number};
    numbers->last = *number;
    deliver_here(command.channel, bytes, *number);
  }
  answer_once_sent(*numbers, std::move(owed));
}

void hosted_bus::deliver_here(std::string_view channel, std::string_view bytes,
                              std::uint32_t number) {
  if (!own_.peer) return;
  const auto& receivers = subscriptions_.of(channel);
  if (receivers.empty()) return;
  const auto message = lcm::short_form(number, channel, bytes);
  if (!message) return;
  subscriptions_.add(receivers, *message, message->size(), own_);
  subscriptions_.deliver();
  ++delivered_here_;
  consider_reading();
}

void hosted_bus::answer_once_sent(published numbers, reply<published> owed) {
  set_alarm();
  if (!owed.is_owed()) {
    if (publishing_.bytes() >= most_written) return flush();
    return flush_later();
  }
  const auto key = publishes_.keep(std::move(owed));
  send_request(this, sockets_.sending, caf::infinite, send_batch{publishing_.take()})
      .then(
          [this, key, numbers](batch_result& result) {
            auto its = publishes_.take(key);
            if (result.refused == 0) return its.deliver(numbers);
            its.fail(std::move(result.reason));
          },
          [this, key](caf::error& why) { publishes_.take(key).fail(std::move(why)); });
}

void hosted_bus::perform(subscribe_channels& command, reply<void> owed) {
  if (setup_.publish_only && !setup_.local_delivery) {
    return refuse(subscribe_channels::operation, std::move(owed),
                  failure(errc::unsupported, subscribe_channels::operation, command.pattern,
                          "the bus only publishes"));
  }
  settle(subscribe_channels::operation, std::move(owed), subscriptions_.add(command));
}

void hosted_bus::perform(grant_messages& command, reply<void> owed) {
  settle(grant_messages::operation, std::move(owed), subscriptions_.grant(command));
}

void hosted_bus::perform(unsubscribe_channels& command, reply<void> owed) {
  subscriptions_.remove(command);
  settle(unsubscribe_channels::operation, std::move(owed), absl::OkStatus());
}

void hosted_bus::perform(get_bus_statistics&, reply<bus_statistics> owed) {
  report_refused();
  bus_statistics total;
  total.refused = refused_;
  publishing_.count_into(total);
  hearing_.count_into(total);
  total.delivered_locally = delivered_here_;
  total.subscriptions = subscriptions_.count();
  const auto key = countings_.keep(std::move(owed));
  const auto fail = [this, key](caf::error& why) { countings_.take(key).fail(std::move(why)); };
  // A bus that only publishes has no such socket: it counts nothing.
  const auto& first = sockets_.receiving ? sockets_.receiving : sockets_.sending;
  send_request(this, first, caf::infinite, get_statistics{})
      .then(
          [this, key, fail, total](statistics& received) mutable {
            if (sockets_.receiving) total.receiving = std::move(received);
            send_request(this, sockets_.sending, caf::infinite, get_statistics{})
                .then(
                    [this, key, total](statistics& sent) mutable {
                      total.sending = std::move(sent);
                      countings_.take(key).deliver(std::move(total));
                    },
                    fail);
          },
          fail);
}

void hosted_bus::perform(bus_sockets& command, const reply<void>&) {
  sockets_ = std::move(command);
  if (sockets_.listener) subscriptions_.add_listener(sockets_.listener, sockets_.events);
  if (sockets_.owner) watches_.watch(sockets_.owner);
  hearing_.begin(clock::now());
  consider_reading();
  if (!setup_.local_delivery) return;
  // What is published waits for this.
  send_request(this, sockets_.sending, caf::infinite, get_local_address{})
      .await(
          [this](const endpoint& own) {
            own_.peer = own;
            hearing_.ignore(own);
          },
          [](const caf::error&) {});
}

void hosted_bus::perform(event_acknowledged& command, const reply<void>&) {
  subscriptions_.acknowledge(command.which);
  consider_reading();
}

void hosted_bus::perform(watched_ended& command, const reply<void>&) { watches_.handle(command); }

// -- events of the sockets ------------------------------------------------------

void hosted_bus::take(const batch_event& event) {
  hearing_.take(event.datagrams, clock::now());
  consider_reading();
  set_alarm();
}

void hosted_bus::take(const close_event& event) { begin_close(event.reason); }

void hosted_bus::consider_reading() {
  const bool lacks_memory =
      account_->is_full() && (account_->is_awaited() || account_->await_room());
  const bool must_pause = lacks_memory || subscriptions_.hold_up();
  if (must_pause == paused_ || !sockets_.receiving) return;
  paused_ = must_pause;
  subscribe terms{any_actor(this), delivery::batched,
                  paused_ ? std::int64_t{0} : subscribe::unlimited};
  terms.events = events_of_sockets;
  tell(this, sockets_.receiving, std::move(terms));
}

// -- time -----------------------------------------------------------------------

void hosted_bus::flush_later() {
  if (std::exchange(flushes_, true)) return;
  send_message(this, self_handle(), bus_alarm{});
}

void hosted_bus::flush() {
  if (publishing_.empty()) return;
  tell(this, sockets_.sending, send_batch{publishing_.take()});
}

void hosted_bus::set_alarm() {
  const auto now = clock::now();
  if (!look_at_) {
    if (hearing_.is_waiting()) look_at_ = now + setup_.in.patience;
    if (subscriptions_.has_unreported_losses()) {
      look_at_ = std::min(look_at_.value_or(now + report_interval), now + report_interval);
    }
  }
  constexpr auto never = clock::time_point::max();
  const auto beat = closing_ ? never : publishing_.next_heartbeat().value_or(never);
  const auto next = std::min(look_at_.value_or(never), beat);
  if (next == never || (alarm_ && *alarm_ <= next)) return;
  alarm_ = next;
  send_delayed(this, self_handle(), std::max(next - now, clock::duration::zero()), bus_alarm{});
}

void hosted_bus::perform(bus_alarm&, const reply<void>&) {
  const auto now = clock::now();
  report_refused();
  flushes_ = false;
  if (alarm_ && *alarm_ <= now) alarm_.reset();
  if (look_at_ && *look_at_ <= now) {
    look_at_.reset();
    hearing_.give_up(now);
    subscriptions_.report_losses();
  }
  if (!closing_) publishing_.beat_if_due(now);
  flush();
  consider_reading();
  set_alarm();
}

// -- the end ----------------------------------------------------------------------

void hosted_bus::perform(close&, reply<void> owed) {
  close_replies_.push_back(std::move(owed));
  begin_close();
}

void hosted_bus::perform(bus_exit& command, const reply<void>&) {
  begin_close(std::move(command.reason));
}

void hosted_bus::begin_close(caf::error reason) {
  if (std::exchange(closing_, true)) return;
  end_reason_ = std::move(reason);
  if (!sockets_.sending) return quit(end_reason_);
  // Nobody tells later what of the last messages was lost.
  publishing_.beat(clock::now());
  flush();
  const auto end = [this] { quit(end_reason_); };
  send_request(this, sockets_.sending, caf::infinite, close{}).then(end, [end](const caf::error&) {
    end();
  });
}

void hosted_bus::on_exit() {
  const auto closed = to_error(failure(errc::closed, "bus", "", "the bus is closed"));
  publishes_.fail_all(closed);
  countings_.fail_all(closed);
  hearing_.finish();
  subscriptions_.finish();
  subscriptions_.publish(bus_close_event{fail_state()});
  for (auto& each : std::exchange(close_replies_, {})) each.deliver();
  subscriptions_.remove_all();
  watches_.forget_all();
  // Handles to the bus may outlive it, and keep its members.
  sockets_ = {};
  hosted_bus_actor::base::on_exit();
}

}  // namespace dgram
