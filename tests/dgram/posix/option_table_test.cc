#include "caf_dgram/dgram/posix/option_table.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "caf_dgram/dgram/error.h"
#include "caf_dgram/dgram/posix/socket.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dgram {
namespace {

using ::testing::HasSubstr;

constexpr family all_families[] = {family::udp4, family::udp6, family::unix_dgram};

TEST(OptionTable, HasARowWithANameOfItsOwnForEachOption) {
  std::set<std::string> names;
  for (const auto& row : option_table()) {
    EXPECT_EQ(&row_of(row.id), &row);
    EXPECT_TRUE(names.insert(to_string(row.id)).second) << to_string(row.id);
    EXPECT_LE(row.lowest, row.highest) << to_string(row.id);
  }
}

/// Every row against the real kernel, in every family.
class OptionOnSocket : public ::testing::TestWithParam<std::tuple<option, family>> {
 protected:
  const option_row& row = row_of(std::get<0>(GetParam()));
  const family f = std::get<1>(GetParam());
  socket sock = *socket::open(f);

  bool supported() const { return row.call(f).encoding != option_encoding::none; }
};

TEST_P(OptionOnSocket, IsRefusedWhereTheFamilyDoesNotHaveIt) {
  if (supported()) {
    EXPECT_TRUE(sock.get(row.id).ok());
    return;
  }
  const option_value value = row.type == option_value::kind::flag     ? option_value(true)
                             : row.type == option_value::kind::number ? option_value(row.lowest)
                                                                      : option_value("lo");
  EXPECT_EQ(code_of(sock.set(row.id, value)), errc::unsupported_option);
  EXPECT_EQ(code_of(sock.get(row.id).status()), errc::unsupported_option);
}

TEST_P(OptionOnSocket, ReadsBackWhatWasSet) {
  if (!supported()) return;
  switch (row.type) {
    case option_value::kind::flag:
      for (const bool flag : {true, false, true}) {
        ASSERT_TRUE(sock.set(row.id, flag).ok()) << to_string(row.id);
        EXPECT_EQ(sock.get(row.id)->as_bool(), flag) << to_string(row.id);
      }
      break;
    case option_value::kind::number: {
      const bool buffer =
          row.id == option::receive_buffer_size || row.id == option::send_buffer_size;
      if (buffer) {
        ASSERT_TRUE(sock.set(row.id, 50'000).ok());
        EXPECT_EQ(sock.get(row.id)->as_number(), 100'000);  // Linux doubles: socket(7).
        break;
      }
      for (const auto number : {row.lowest, row.highest, (row.lowest + row.highest) / 2}) {
        ASSERT_TRUE(sock.set(row.id, number).ok()) << to_string(row.id) << " " << number;
        EXPECT_EQ(sock.get(row.id)->as_number(), number) << to_string(row.id);
      }
      break;
    }
    case option_value::kind::interface:
      ASSERT_TRUE(sock.set(row.id, "lo").ok());
      EXPECT_NE(sock.get(row.id)->as_interface(), interface_selector::any());
      ASSERT_TRUE(sock.set(row.id, interface_selector::any()).ok());
      EXPECT_EQ(sock.get(row.id)->as_interface(), interface_selector::any());
      break;
  }
}

TEST_P(OptionOnSocket, RefusesWhatIsOutOfRangeBeforeAnySystemCall) {
  if (!supported() || row.type != option_value::kind::number) return;
  const auto before = sock.get(row.id)->as_number();
  for (const auto number : {row.lowest - 1, row.highest + 1, std::int64_t{1} << 40}) {
    const auto status = sock.set(row.id, number);
    EXPECT_EQ(code_of(status), errc::out_of_range) << to_string(row.id);
    EXPECT_EQ(errno_of(status), 0);
    EXPECT_THAT(std::string(status.message()),
                HasSubstr("set " + std::string(to_string(row.id)) + " " + std::to_string(number)));
  }
  EXPECT_EQ(sock.get(row.id)->as_number(), before);
}

TEST(Option, ThatDoesNotExistIsRefused) {
  const auto odd = static_cast<option>(option_table().size());
  auto sock = *socket::open(family::udp4);
  EXPECT_EQ(code_of(sock.set(odd, true)), errc::unsupported_option);
  EXPECT_EQ(code_of(sock.get(odd).status()), errc::unsupported_option);
  EXPECT_STREQ(to_string(odd), "unknown option");
}

TEST_P(OptionOnSocket, RefusesValuesOfAnotherType) {
  if (!supported()) return;
  if (row.type != option_value::kind::flag) {
    EXPECT_EQ(code_of(sock.set(row.id, true)), errc::wrong_type);
  }
  if (row.type != option_value::kind::number) {
    EXPECT_EQ(code_of(sock.set(row.id, 1)), errc::wrong_type);
  }
  if (row.type != option_value::kind::interface) {
    EXPECT_EQ(code_of(sock.set(row.id, "lo")), errc::wrong_type);
  }
}

std::vector<option> all_options() {
  std::vector<option> result;
  for (const auto& row : option_table()) result.push_back(row.id);
  return result;
}

INSTANTIATE_TEST_SUITE_P(Table, OptionOnSocket,
                         ::testing::Combine(::testing::ValuesIn(all_options()),
                                            ::testing::ValuesIn(all_families)),
                         [](const auto& info) {
                           return std::string(to_string(std::get<0>(info.param))) + "_" +
                                  to_string(std::get<1>(info.param));
                         });

TEST(MulticastInterface, IsReadBackAsItWasSelected) {
  for (const auto f : {family::udp4, family::udp6}) {
    auto sock = *socket::open(f);
    EXPECT_EQ(sock.get(option::multicast_interface)->as_interface(), interface_selector::any());
    for (const auto& selected :
         {interface_selector("127.0.0.1"), interface_selector("lo"), interface_selector::index(1),
          interface_selector::any(), interface_selector("lo")}) {
      ASSERT_TRUE(sock.set(option::multicast_interface, selected).ok());
      EXPECT_EQ(sock.get(option::multicast_interface)->as_interface(), selected);
    }
    ASSERT_FALSE(sock.set(option::multicast_interface, "nosuch0").ok());
    EXPECT_EQ(sock.get(option::multicast_interface)->as_interface(), interface_selector("lo"));
    const socket moved = std::move(sock);
    EXPECT_EQ(moved.get(option::multicast_interface)->as_interface(), interface_selector("lo"));
  }
}

TEST(MulticastInterface, OfLoopbackSendsFromItsAddress) {
  auto member = *socket::open(family::udp4);
  const auto group = *endpoint::ip("239.255.1.3", 0);
  ASSERT_TRUE(member.bind(group).ok());
  ASSERT_TRUE(member.join(group, ::if_nametoindex("lo")).ok());
  for (const char* selected : {"lo", "127.0.0.1"}) {
    auto sender = *socket::open(family::udp4);
    ASSERT_TRUE(sender.set(option::multicast_interface, selected).ok());
    const auto to = *member.local_endpoint();
    ASSERT_EQ(sender.send({payload("x")}, &to).error, 0);
    ::pollfd entry{member.descriptor(), POLLIN, 0};
    ASSERT_EQ(::poll(&entry, 1, 20'000), 1);
    std::array<char, 8> buffer{};
    EXPECT_EQ(member.receive(absl::MakeSpan(buffer)).sender.host(), "127.0.0.1");
  }
}

TEST(MulticastInterface, IsTheKernelsChoiceForAnUnspecifiedAddress) {
  for (const auto f : {family::udp4, family::udp6}) {
    auto sock = *socket::open(f);
    for (const char* unspecified : {"0.0.0.0", "::"}) {
      EXPECT_TRUE(sock.set(option::multicast_interface, unspecified).ok());
      EXPECT_EQ(sock.get(option::multicast_interface)->as_interface(), interface_selector::any());
    }
  }
}

/// What the kernel has set for IPv4 on a udp6 socket.
int ipv4_option(const socket& sock, int name) {
  int value = -1;
  ::socklen_t size = sizeof(value);
  EXPECT_EQ(::getsockopt(sock.descriptor(), IPPROTO_IP, name, &value, &size), 0);
  return value;
}

TEST(Udp6Option, HoldsForIpv4MappedAddressesToo) {
  auto sock = *socket::open(family::udp6);
  EXPECT_EQ(ipv4_option(sock, IP_MULTICAST_ALL), 0);
  ASSERT_TRUE(sock.set(option::ttl, 7).ok());
  EXPECT_EQ(ipv4_option(sock, IP_TTL), 7);
  ASSERT_TRUE(sock.set(option::multicast_ttl, 40).ok());
  EXPECT_EQ(ipv4_option(sock, IP_MULTICAST_TTL), 40);
  ASSERT_TRUE(sock.set(option::multicast_loopback, false).ok());
  EXPECT_EQ(ipv4_option(sock, IP_MULTICAST_LOOP), 0);
  ASSERT_TRUE(sock.set(option::multicast_all, true).ok());
  EXPECT_EQ(ipv4_option(sock, IP_MULTICAST_ALL), 1);
}

TEST(MulticastInterface, IsRefusedWhenThereIsNone) {
  auto sock = *socket::open(family::udp4);
  for (const interface_selector& unknown :
       {interface_selector("nosuch0"), interface_selector("192.0.2.99"),
        interface_selector::index(4'000'000), interface_selector::all()}) {
    const auto status = sock.set(option::multicast_interface, unknown);
    EXPECT_EQ(code_of(status), errc::unknown_interface) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(unknown.to_string()));
  }
}

TEST(Option, IsOneUpToTheTablesEnd) {
  const auto size = option_table().size();
  EXPECT_TRUE(is_option(static_cast<option>(size - 1)));
  EXPECT_FALSE(is_option(static_cast<option>(size)));
}

TEST(BufferSize, MayBeOneByte) {
  auto sock = *socket::open(family::udp4);
  EXPECT_TRUE(sock.set(option::receive_buffer_size, 1).ok());
  EXPECT_TRUE(sock.set(option::send_buffer_size, 1).ok());
}

TEST(MulticastInterface, IsGivenBackToTheKernel) {
  auto sock = *socket::open(family::udp6);
  const auto selected = [&] {
    int index = -1;
    ::socklen_t size = sizeof(index);
    ::getsockopt(sock.descriptor(), IPPROTO_IPV6, IPV6_MULTICAST_IF, &index, &size);
    return index;
  };
  ASSERT_TRUE(sock.set(option::multicast_interface, "lo").ok());
  EXPECT_EQ(selected(), static_cast<int>(::if_nametoindex("lo")));
  ASSERT_TRUE(sock.set(option::multicast_interface, interface_selector::any()).ok());
  EXPECT_EQ(selected(), 0);
}

/// The kernel, which refuses the options of one protocol.
class refusing_kernel : public syscalls {
 public:
  mutable int refused_level = -1;
  mutable int error = 0;

  int setsockopt(int fd, int level, int name, const void* value,
                 ::socklen_t length) const noexcept override {
    if (level == refused_level) return errno = error, -1;
    return syscalls::setsockopt(fd, level, name, value, length);
  }
};

TEST(Udp6Option, MayBeMissingForIpv4ButFailsWithEitherOnesError) {
  const refusing_kernel kernel;
  auto sock = *socket::open(family::udp6, kernel);
  kernel.refused_level = IPPROTO_IP;
  kernel.error = ENOPROTOOPT;
  EXPECT_TRUE(sock.set(option::ttl, 7).ok());
  kernel.error = EPERM;
  EXPECT_EQ(errno_of(sock.set(option::ttl, 7)), EPERM);
  kernel.refused_level = IPPROTO_IPV6;
  EXPECT_EQ(errno_of(sock.set(option::ttl, 7)), EPERM);
}

}  // namespace
}  // namespace dgram
