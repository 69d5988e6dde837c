#include <caf/all.hpp>

#include <cerrno>
#include <cstddef>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "caf/actor_system.hpp"
#include "caf/deep_to_string.hpp"
#include "caf_dgram/actors/commands.h"
#include "caf_dgram/actors/compat/wire.h"
#include "caf_dgram/actors/config.h"
#include "caf_dgram/actors/events.h"
#include "caf_dgram/actors/resolver.h"
#include "caf_dgram/actors/socket_actor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dgram {
namespace {

const endpoint peer = *endpoint::parse("192.0.2.1:53");

caf::error some_error() { return to_error(system_failure("send", "192.0.2.1:53", ECONNREFUSED)); }

batch some_batch() {
  batch datagrams;
  datagrams.add_segments(payload("abcde"), 2, peer);
  datagrams.add(payload("f"));
  datagrams.add_truncated(payload("g"), 9, peer);
  return datagrams;
}

statistics some_statistics() {
  statistics counted;
  counted.received = 1;
  counted.queued_bytes = 2;
  counted.errors = {{ECONNREFUSED, 3}};
  counted.subscribers = {{caf::actor(), 1, 2, 3, 4}};
  return counted;
}

/// Every message, with a value other than the default in each field that needs no
/// actor.
const auto messages = std::tuple{
    dgram::send(payload("data"), 1, 2, address("host", 7)),
    send_batch{some_batch()},
    dgram::bind{peer, true},
    dgram::connect{{"host", 53}},
    disconnect{},
    get_local_address{},
    get_remote_address{},
    dgram::close{},
    set_option{option::multicast_interface, interface_selector::index(3)},
    get_option{option::ttl},
    set_broadcast{true},
    set_ttl{7},
    set_multicast_ttl{8},
    set_multicast_loopback{true},
    set_multicast_interface{"eth0"},
    add_membership{"239.1.2.3", "eth0"},
    drop_membership{"ff02::1%eth0", interface_selector::any()},
    subscribe{nullptr, delivery::batched, 10, excess::lose_oldest, 3, event_kinds::losses},
    grant{nullptr, 5},
    unsubscribe{nullptr},
    get_statistics{},
    message_event{payload("x"), peer, 9, ip_address::of(peer)},
    batch_event{some_batch()},
    passive_event{},
    error_event{some_error(), 4, "send", peer},
    close_event{some_error(), some_statistics()},
    listening_event{peer},
    connect_event{peer},
    disconnect_event{peer},
    overrun_event{1, 2},
    kernel_drop_event{3, 4},
    drain_event{5},
    peer,
    batch_result{1, 2, 3, some_error()},
    option_value(5),
    membership{{1, 2}, {{3, some_error()}}},
    some_statistics(),
    resolve{family::udp6, "host"},
    resolved{{peer, peer.with_port(1)}}};

template <class T>
const T& sample() {
  return std::get<T>(messages);
}

/// Calls `f` with a sample of each message of the list: without one it does not compile.
template <class... Messages, class F>
void for_each(message_list<Messages...>, F f) {
  (f(sample<Messages>()), ...);
}

// -- fields -------------------------------------------------------------------

struct anything {
  template <class T>
  operator T() const;  // NOLINT: implicit on purpose
};

template <class T, class Indices, class = void>
struct takes : std::false_type {};

template <class T, std::size_t... Indices>
struct takes<T, std::index_sequence<Indices...>,
             std::void_t<decltype(T{(static_cast<void>(Indices), anything())...})>>
    : std::true_type {};

/// The members of an aggregate.
template <class T, std::size_t Count = 0>
constexpr std::size_t members() {
  if constexpr (takes<T, std::make_index_sequence<Count + 1>>::value) {
    return members<T, Count + 1>();
  } else {
    return Count;
  }
}

template <class T>
constexpr bool lists_all_members() {
  if constexpr (std::is_aggregate_v<T> && has_fields<T>::value) {
    return T::fields()([](const auto&... each) { return sizeof...(each) == members<T>(); });
  } else {
    return true;
  }
}

template <class... Messages>
constexpr bool list_all_members(message_list<Messages...>) {
  return (lists_all_members<Messages>() && ...);
}

static_assert(list_all_members(all_commands()));
static_assert(list_all_members(all_events()));
static_assert(list_all_members(all_answers()));
static_assert(list_all_members(message_list<resolve, resolved, subscriber_statistics>()));
static_assert(members<subscribe>() == 6);

// -- writing and reading ------------------------------------------------------

class MessageInspection : public ::testing::Test {
 protected:
  template <class T>
  std::vector<char> written(T value) {
    auto bytes = to_wire(system, std::move(value));
    if (!bytes) ADD_FAILURE() << describe(bytes.error());
    return bytes ? *std::move(bytes) : std::vector<char>();
  }

  /// Writes a message and reads it back.
  template <class T>
  T copy(const T& value) {
    const auto bytes = written(value);
    T result{};
    EXPECT_FALSE(from_wire(system, bytes.data(), bytes.size(), result));
    return result;
  }

  template <class T>
  void expect_same_after_travel(const T& original) {
    EXPECT_NE(to_string(original), "");
    EXPECT_EQ(to_string(copy(original)), to_string(original));
    EXPECT_EQ(written(copy(original)), written(original));
  }

  system_config config;
  caf::actor_system system{config};
};

TEST_F(MessageInspection, CarriesEveryMessage) {
  const auto travel = [this](const auto& each) { expect_same_after_travel(each); };
  for_each(all_commands(), travel);
  for_each(all_events(), travel);
  for_each(all_answers(), travel);
  for_each(message_list<resolve, resolved>(), travel);
}

TEST_F(MessageInspection, CarriesEndpointsOfEveryFamily) {
  for (const char* text :
       {"192.0.2.1:53", "[fe80::1%lo]:5353", "unix:/run/x", "unix:@name", "unix:"}) {
    const auto e = *endpoint::parse(text);
    EXPECT_EQ(copy(e), e);
  }
}

TEST_F(MessageInspection, CarriesScopesOfInterfacesThatTheReaderDoesNotHave) {
  const auto elsewhere = endpoint::parse("[fe80::1%lo]:5353")->with_scope_id(4'000'000);
  EXPECT_EQ(copy(message_event{payload("x"), elsewhere, 1}).sender, elsewhere);
}

TEST_F(MessageInspection, CarriesLocalAddresses) {
  for (const char* text : {"::", "192.0.2.1", "2001:db8::1", "fe80::1%lo"}) {
    const auto local = *ip_address::parse(text);
    EXPECT_EQ(copy(message_event{payload("x"), {}, 1, local}).local, local);
    dgram::send command(payload("x"));
    command.source = local;
    EXPECT_EQ(copy(command).source, local);
    batch datagrams;
    datagrams.add("x", {std::nullopt, local});
    EXPECT_EQ(copy(datagrams), datagrams);
  }
}

TEST_F(MessageInspection, GivesAnAddressTheFormThatItWouldHaveHere) {
  const auto any_v4 = std::string(10, '\0') + std::string("\xff\xff\0\0\0\0", 6);
  const auto some_v4 = std::string(10, '\0') + std::string("\xff\xff\xc0\0\2\1", 6);
  EXPECT_EQ(*ip_address_parts{any_v4}.whole(), ip_address());
  EXPECT_EQ(*(ip_address_parts{some_v4, 7}.whole()), *ip_address::parse("192.0.2.1"));
  EXPECT_EQ(*(ip_address_parts{std::string(16, '\0'), 7}.whole()), ip_address());
  EXPECT_EQ(code_of(ip_address_parts{"1234"}.whole().status()), errc::invalid_address);
}

TEST_F(MessageInspection, RefusesAnEndpointThatIsNone) {
  for (const auto& none :
       {endpoint_parts{family::udp4, "12345", 1, 0}, endpoint_parts{family::udp6, "1234", 1, 0},
        endpoint_parts{static_cast<family>(9), "1234", 1, 0}}) {
    const auto bytes = written(none);
    endpoint e;
    const auto why = from_wire(system, bytes.data(), bytes.size(), e);
    EXPECT_EQ(code_of(why), errc::invalid_address);
  }
}

TEST_F(MessageInspection, CarriesAddressesOfEveryForm) {
  for (const auto& form :
       {address(), address(peer), address(53), address("localhost", 53), address::path("/run/x")}) {
    const auto read = copy(form);
    EXPECT_EQ(read.as_given().index(), form.as_given().index());
    EXPECT_EQ(read.to_string(), form.to_string());
  }
}

TEST_F(MessageInspection, CarriesPayloadsWithAnyBytes) {
  const payload bytes(std::string("\0\xff\n", 3));
  EXPECT_EQ(copy(bytes), bytes);
  EXPECT_EQ(copy(payload()), payload());
}

TEST_F(MessageInspection, CarriesASendWhole) {
  dgram::send original(payload("data"), 1, 2, address("host", 7));
  original.buffers = {payload("a"), payload("b")};
  const auto read = copy(original);
  EXPECT_EQ(read.data, original.data);
  EXPECT_EQ(read.buffers, original.buffers);
  EXPECT_EQ(read.offset, 1);
  EXPECT_EQ(read.length, 2);
  EXPECT_EQ(read.to.to_string(), original.to.to_string());
}

TEST_F(MessageInspection, CarriesBatchesWithTheirRuns) {
  EXPECT_EQ(copy(some_batch()), some_batch());
}

TEST_F(MessageInspection, CarriesOptionsAndMemberships) {
  const auto& wanted = sample<set_option>();
  const auto option = copy(wanted);
  EXPECT_EQ(option.id, wanted.id);
  EXPECT_EQ(option.value, wanted.value);
  const auto group = copy(sample<add_membership>());
  EXPECT_EQ(group.group, "239.1.2.3");
  EXPECT_EQ(group.interface, interface_selector("eth0"));
}

TEST_F(MessageInspection, CarriesTheTermsOfASubscription) {
  const auto read = copy(sample<subscribe>());
  EXPECT_EQ(read.datagrams, delivery::batched);
  EXPECT_EQ(read.credits, 10);
  EXPECT_EQ(read.beyond, excess::lose_oldest);
  EXPECT_EQ(read.backlog, 3);
  EXPECT_EQ(read.events, event_kinds::losses);
}

TEST_F(MessageInspection, CarriesEvents) {
  const auto message = copy(sample<message_event>());
  EXPECT_EQ(message.data, payload("x"));
  EXPECT_EQ(message.sender, peer);
  EXPECT_EQ(message.size, 9U);
  const auto failed = copy(sample<error_event>());
  EXPECT_EQ(describe(failed.reason), "send 192.0.2.1:53: ECONNREFUSED (Connection refused)");
  EXPECT_EQ(errno_of(failed.reason), ECONNREFUSED);
  EXPECT_EQ(failed.withheld, 4U);
  EXPECT_EQ(failed.operation, dgram::send::operation);
  ASSERT_NE(failed.destination.as_endpoint(), nullptr);
  EXPECT_EQ(*failed.destination.as_endpoint(), peer);
}

// -- printing -----------------------------------------------------------------

template <class T>
std::string printed_by_gtest(const T& message) {
  return ::testing::PrintToString(message);
}

TEST(MessageText, StartsWithTheFirstFieldAndNamesTheOthersThatAreNoDefaults) {
  EXPECT_EQ(to_string(dgram::bind{peer}), "bind(192.0.2.1:53)");
  EXPECT_EQ(to_string(sample<dgram::bind>()), "bind(192.0.2.1:53, replace_stale_path=true)");
  EXPECT_EQ(to_string(dgram::bind{{}, true}), "bind(replace_stale_path=true)");
  EXPECT_EQ(to_string(dgram::bind{}), "bind()");
  EXPECT_EQ(to_string(disconnect{}), "disconnect()");
}

TEST(MessageText, ShowsValuesReadably) {
  EXPECT_EQ(to_string(sample<dgram::send>()),
            "send(\"data\", offset=1, length=2, to=\"host\" port 7)");
  EXPECT_EQ(to_string(dgram::send(std::vector<payload>{"a", "b"})),
            "send(\"\", buffers=[\"a\", \"b\"])");
  EXPECT_EQ(to_string(sample<send_batch>()), "send_batch(5 datagrams (7 bytes))");
  EXPECT_EQ(to_string(sample<set_option>()), "set_option(multicast_interface, value=interface 3)");
  EXPECT_EQ(to_string(set_broadcast{false}), "set_broadcast(false)");
  EXPECT_EQ(to_string(sample<membership>()),
            "membership([1, 2], refused=[membership_refusal(3, reason=send 192.0.2.1:53: "
            "ECONNREFUSED (Connection refused))])");
  EXPECT_EQ(to_string(sample<resolve>()), "resolve(udp6, name=\"host\")");
  EXPECT_EQ(to_string(sample<error_event>()),
            "error_event(send 192.0.2.1:53: ECONNREFUSED (Connection refused), withheld=4, "
            "operation=\"send\", destination=192.0.2.1:53)");
}

TEST(MessageText, NamesEnumerators) {
  EXPECT_NE(
      to_string(sample<subscribe>())
          .find(", datagrams=batched, credits=10, beyond=lose_oldest, backlog=3, events=losses)"),
      std::string::npos)
      << to_string(sample<subscribe>());
}

TEST(MessageText, NamesNumbersThatAreNoEnumeratorsUnknown) {
  subscribe odd;
  odd.datagrams = static_cast<delivery>(9);
  odd.beyond = static_cast<excess>(9);
  const auto text = to_string(odd);
  EXPECT_NE(text.find("datagrams=unknown delivery, beyond=unknown excess"), std::string::npos)
      << text;
  EXPECT_EQ(to_string(get_option{static_cast<option>(200)}), "get_option(unknown option)");
}

TEST(MessageText, EscapesAndCutsPayloads) {
  EXPECT_EQ(to_string(dgram::send("\n\"\x01")), "send(\"\\n\\\"\\x01\")");
  const std::string shown(64, 'a');
  EXPECT_EQ(to_string(dgram::send(shown)), "send(\"" + shown + "\")");
  EXPECT_EQ(to_string(dgram::send(shown + "a")), "send(\"" + shown + "\"... (65 bytes))");
}

TEST(MessageText, IsWhatCafAndGtestPrint) {
  EXPECT_EQ(caf::deep_to_string(dgram::bind{peer}), "bind(192.0.2.1:53)");
  EXPECT_THAT(caf::to_string(caf::make_message(dgram::bind{peer})),
              ::testing::HasSubstr("(bind(192.0.2.1:53))"));
  EXPECT_EQ(caf::deep_to_string(peer), "192.0.2.1:53");
  EXPECT_EQ(printed_by_gtest(dgram::bind{peer}), "bind(192.0.2.1:53)");
  EXPECT_EQ(printed_by_gtest(sample<drain_event>()), "drain_event(5)");
}

// -- lists --------------------------------------------------------------------

/// Whether an operation is the command's name as words; options keep their own name.
template <class Command>
void expect_operation_like_name(const Command&) {
  const auto words = [](std::string text) {
    for (auto& c : text) c = c == '_' ? ' ' : c;
    return text;
  };
  EXPECT_EQ(words(Command::operation), words(std::string(unqualified(Command::type_name))));
}

TEST(Commands, AreNamedInErrorsAsInCode) {
  for_each(all_commands(), [](const auto& each) { expect_operation_like_name(each); });
}

template <class... Commands>
constexpr bool handle_takes_all(message_list<Commands...>) {
  return std::is_same_v<socket_actor,
                        caf::typed_actor<answers<typename Commands::answer, Commands>...>>;
}
static_assert(handle_takes_all(all_commands()));

template <class... Messages>
constexpr std::size_t size(message_list<Messages...>) {
  return sizeof...(Messages);
}
static_assert(size(all_commands()) == 21);

TEST(Events, BelongToOneNamedKindEach) {
  for_each(all_events(), [](const auto& each) {
    const auto kind = each.kind;
    EXPECT_EQ(to_string(kind).find('|'), std::string::npos);
    EXPECT_NE(kind, event_kinds::none);
    EXPECT_TRUE(includes(event_kinds::all, kind));
  });
}

TEST(EventKinds, OfASubscriberAreDatagramsErrorsAndCloseByDefault) {
  const auto events = subscribe{}.events;
  EXPECT_TRUE(includes(events, message_event::kind));
  EXPECT_TRUE(includes(events, batch_event::kind));
  EXPECT_TRUE(includes(events, passive_event::kind));
  EXPECT_TRUE(includes(events, error_event::kind));
  EXPECT_TRUE(includes(events, close_event::kind));
  EXPECT_FALSE(includes(events, listening_event::kind));
  EXPECT_FALSE(includes(events, connect_event::kind));
  EXPECT_FALSE(includes(events, overrun_event::kind));
  EXPECT_FALSE(includes(events, kernel_drop_event::kind));
  EXPECT_FALSE(includes(events, drain_event::kind));
}

TEST(EventKinds, AreASet) {
  constexpr auto set = event_kinds::errors | event_kinds::losses;
  EXPECT_TRUE(includes(set, event_kinds::errors));
  EXPECT_FALSE(includes(set, event_kinds::errors | event_kinds::close));
  EXPECT_EQ(set & event_kinds::losses, event_kinds::losses);
  EXPECT_EQ(~set, event_kinds::datagrams | event_kinds::close | event_kinds::life_cycle);
  EXPECT_EQ(~event_kinds::none, event_kinds::all);
}

TEST(EventKinds, ArePrintedByName) {
  EXPECT_EQ(to_string(default_events), "datagrams|errors|close");
  EXPECT_EQ(to_string(event_kinds::none), "none");
  EXPECT_EQ(to_string(event_kinds::all), "all");
  EXPECT_EQ(to_string(static_cast<event_kinds>(0x82)), "errors|unknown");
}

TEST_F(MessageInspection, ReplacesWhatTheReaderHad) {
  const auto bytes = written(some_batch());
  auto read = some_batch();
  ASSERT_FALSE(from_wire(system, bytes.data(), bytes.size(), read));
  EXPECT_EQ(read, some_batch());
}

TEST_F(MessageInspection, SendsHeadsAsPartsOfTheirDatagrams) {
  batch headed;
  ASSERT_TRUE(headed.add_segments({"123", 1}, "aabbc", 2, endpoint::loopback(family::udp4, 9)));
  const auto bytes = written(headed);
  batch read;
  ASSERT_FALSE(from_wire(system, bytes.data(), bytes.size(), read));
  EXPECT_EQ(read, headed);
  EXPECT_EQ(read.runs().size(), 1U);
}

TEST(Messages, CountNothingAtFirst) {
  EXPECT_EQ(message_event{}.size, 0U);
  EXPECT_EQ(error_event{}.withheld, 0U);
  EXPECT_EQ(overrun_event{}.lost, 0U);
  EXPECT_EQ(overrun_event{}.total, 0U);
  EXPECT_EQ(kernel_drop_event{}.dropped, 0U);
  EXPECT_EQ(kernel_drop_event{}.total, 0U);
  EXPECT_EQ(drain_event{}.dropped, 0U);
  EXPECT_EQ(batch_result{}.sent, 0U);
  EXPECT_EQ(batch_result{}.bytes, 0U);
  EXPECT_EQ(batch_result{}.refused, 0U);
  EXPECT_EQ(membership_refusal{}.interface, 0U);
  EXPECT_EQ(error_count{}.error, 0);
  EXPECT_EQ(error_count{}.count, 0U);
  EXPECT_EQ(subscriber_statistics{}.delivered, 0U);
  EXPECT_EQ(subscriber_statistics{}.lost, 0U);
  EXPECT_EQ(subscriber_statistics{}.waiting, 0U);
  EXPECT_EQ(subscriber_statistics{}.credits, 0);
}

TEST(Commands, HaveTheirDocumentedDefaults) {
  EXPECT_FALSE(dgram::bind{}.replace_stale_path);
  EXPECT_EQ(dgram::send{}.offset, 0);
  EXPECT_EQ(dgram::send{}.length, dgram::send::whole);
  EXPECT_EQ(subscribe{}.datagrams, delivery::single);
  EXPECT_EQ(subscribe{}.credits, subscribe::unlimited);
  EXPECT_EQ(subscribe{}.beyond, excess::pause);
  EXPECT_EQ(subscribe{}.backlog, 1024);
  EXPECT_EQ(grant{}.credits, 1);
}

TEST(Enumerators, ArePrintedByName) {
  EXPECT_STREQ(to_string(delivery::single), "single");
  EXPECT_STREQ(to_string(delivery::batched), "batched");
  EXPECT_STREQ(to_string(excess::pause), "pause");
  EXPECT_STREQ(to_string(excess::lose_newest), "lose_newest");
  EXPECT_STREQ(to_string(excess::lose_oldest), "lose_oldest");
}

}  // namespace
}  // namespace dgram
