#include "caf_dgram/actors/messages.h"

#include <vector>

#include "caf/binary_deserializer.hpp"
#include "caf/binary_serializer.hpp"
#include "caf_dgram/actors/resolver.h"
#include "gtest/gtest.h"

namespace dgram {
namespace {

class MessageInspection : public ::testing::Test {
 protected:
  /// Writes a message and reads it back.
  template <class T>
  T copy(T value) {
    std::vector<char> bytes;
    caf::binary_serializer sink{system, bytes};
    EXPECT_FALSE(sink(value));
    T result{};
    caf::binary_deserializer source{system, bytes};
    EXPECT_FALSE(source(result));
    return result;
  }

  caf::actor_system_config config;
  caf::actor_system system{config};
};

TEST_F(MessageInspection, CarriesEndpointsOfEveryFamily) {
  for (const char* text :
       {"192.0.2.1:53", "[fe80::1%lo]:5353", "unix:/run/x", "unix:@name", "unix:"}) {
    const auto e = *endpoint::parse(text);
    EXPECT_EQ(copy(e), e);
  }
}

TEST_F(MessageInspection, RefusesAnEndpointThatIsNone) {
  std::string text = "nonsense";
  std::vector<char> bytes;
  caf::binary_serializer sink{system, bytes};
  ASSERT_FALSE(sink(text));
  endpoint e;
  caf::binary_deserializer source{system, bytes};
  EXPECT_EQ(code_of(source(e)), errc::invalid_address);
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

TEST_F(MessageInspection, CarriesOptionsAndMemberships) {
  const auto option = copy(set_option{option::multicast_interface, interface_selector::index(3)});
  EXPECT_EQ(option.id, option::multicast_interface);
  EXPECT_EQ(option.value, option_value(interface_selector::index(3)));
  const auto group = copy(add_membership{"239.1.2.3", "eth0"});
  EXPECT_EQ(group.group, "239.1.2.3");
  EXPECT_EQ(group.interface, interface_selector("eth0"));
}

TEST_F(MessageInspection, CarriesEvents) {
  const auto message = copy(message_event{payload("x"), endpoint::loopback(family::udp4, 1), 9});
  EXPECT_EQ(message.data, payload("x"));
  EXPECT_EQ(message.sender, endpoint::loopback(family::udp4, 1));
  EXPECT_EQ(message.size, 9U);
  const auto failed = copy(error_event{to_error(failure(errc::closed, "send", "", "gone"))});
  EXPECT_EQ(describe(failed.reason), "send: gone");
}

TEST_F(MessageInspection, PrintsReadably) {
  EXPECT_EQ(caf::deep_to_string(listening_event{endpoint::loopback(family::udp4, 1)}),
            "dgram::listening_event(dgram::endpoint(\"127.0.0.1:1\"))");
}

}  // namespace
}  // namespace dgram
