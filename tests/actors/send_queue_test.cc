#include "actors/send_queue.h"

#include <poll.h>

#include <array>
#include <cerrno>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/faulty_kernel.h"
#include "tests/support/temp_dir.h"

namespace dgram {
namespace {

using ::testing::ElementsAre;
using testing::faulty_kernel;
using ::testing::IsEmpty;
using testing::temp_dir;

class SendQueue : public ::testing::Test, private send_queue::observer {
 protected:
  void on_sent(outgoing& what, std::size_t bytes) override {
    EXPECT_EQ(bytes, what.data.size());
    sent.emplace_back(what.data.view());
  }
  void on_send_failed(outgoing& what, int error) override {
    failed.emplace_back(what.data.view());
    errors.push_back(error);
  }
  void on_earlier_error(int error) override { earlier.push_back(error); }

  socket bound() {
    auto sock = *socket::open(family::udp4, kernel);
    EXPECT_TRUE(sock.bind(endpoint::loopback(family::udp4, 0)).ok());
    return sock;
  }

  void push(const std::string& text, std::optional<endpoint> to) {
    sut.push({payload(text), {}, to, {}});
  }

  static std::vector<std::string> read_all(socket& from) {
    std::vector<std::string> texts;
    std::array<char, 300'000> buffer{};
    for (auto got = from.receive(absl::MakeSpan(buffer)); got.error == 0;
         got = from.receive(absl::MakeSpan(buffer))) {
      texts.emplace_back(buffer.data(), got.stored);
    }
    return texts;
  }

  faulty_kernel kernel;
  send_queue sut{*this};
  std::vector<std::string> sent;
  std::vector<std::string> failed;
  std::vector<int> errors;
  std::vector<int> earlier;
};

TEST_F(SendQueue, SendsInOrder) {
  auto sock = bound();
  const auto to = *sock.local_endpoint();
  for (const char* text : {"1", "2", "3"}) push(text, to);
  EXPECT_EQ(sut.flush(sock), send_queue::backlog::none);
  EXPECT_THAT(sent, ElementsAre("1", "2", "3"));
  EXPECT_THAT(read_all(sock), ElementsAre("1", "2", "3"));
  EXPECT_TRUE(sut.empty());
}

TEST_F(SendQueue, AFailureIsItsOwnAndTheRestGoesOn) {
  auto sock = bound();
  const auto to = *sock.local_endpoint();
  for (const char* text : {"1", "2", "3"}) push(text, to);
  kernel.send_error = EPERM;
  kernel.failing_sends = 1;
  EXPECT_EQ(sut.flush(sock), send_queue::backlog::none);
  EXPECT_THAT(failed, ElementsAre("1"));
  EXPECT_THAT(errors, ElementsAre(EPERM));
  EXPECT_THAT(read_all(sock), ElementsAre("2", "3"));
}

TEST_F(SendQueue, KeepsEverythingWhileTheSocketIsFull) {
  auto sock = bound();
  const auto to = *sock.local_endpoint();
  for (const char* text : {"1", "2"}) push(text, to);
  kernel.send_error = EAGAIN;
  kernel.failing_sends = 1;
  EXPECT_EQ(sut.flush(sock), send_queue::backlog::until_writable);
  EXPECT_THAT(sent, IsEmpty());
  EXPECT_EQ(sut.flush(sock), send_queue::backlog::none);
  EXPECT_THAT(read_all(sock), ElementsAre("1", "2"));
}

TEST_F(SendQueue, TriesAgainLaterWhenADeviceIsFull) {
  auto sock = bound();
  const auto to = *sock.local_endpoint();
  push("1", to);
  kernel.send_error = ENOBUFS;
  kernel.failing_sends = 1;
  EXPECT_EQ(sut.flush(sock), send_queue::backlog::until_retry);
  EXPECT_THAT(failed, IsEmpty());
  EXPECT_EQ(sut.flush(sock), send_queue::backlog::none);
  EXPECT_THAT(read_all(sock), ElementsAre("1"));
}

TEST_F(SendQueue, TellsTheErrorOfAnEarlierDatagramAndSendsThisOne) {
  auto peer = bound();
  auto sock = bound();
  ASSERT_TRUE(sock.connect(*peer.local_endpoint()).ok());
  push("1", std::nullopt);
  kernel.send_error = ECONNREFUSED;
  kernel.failing_sends = 1;
  EXPECT_EQ(sut.flush(sock), send_queue::backlog::none);
  EXPECT_THAT(earlier, ElementsAre(ECONNREFUSED));
  EXPECT_THAT(failed, IsEmpty());
  EXPECT_THAT(read_all(peer), ElementsAre("1"));
}

TEST_F(SendQueue, AnErrorThatRecursIsTheDatagramsOwn) {
  auto peer = bound();
  auto sock = bound();
  ASSERT_TRUE(sock.connect(*peer.local_endpoint()).ok());
  push("1", std::nullopt);
  kernel.send_error = ENETUNREACH;
  kernel.failing_sends = 2;
  sut.flush(sock);
  EXPECT_THAT(earlier, IsEmpty());
  EXPECT_THAT(errors, ElementsAre(ENETUNREACH));
}

TEST_F(SendQueue, AddressesWhatWaitsForAPeerThatGoes) {
  auto peer = bound();
  auto sock = bound();
  ASSERT_TRUE(sock.connect(*peer.local_endpoint()).ok());
  push("1", std::nullopt);
  sut.address_to(*peer.local_endpoint());
  ASSERT_TRUE(sock.disconnect().ok());
  sut.flush(sock);
  EXPECT_THAT(read_all(peer), ElementsAre("1"));
}

TEST_F(SendQueue, AFullUnixPeerHoldsUpItsOwnDatagramsOnly) {
  const temp_dir directory;
  auto full = *socket::open(family::unix_dgram);
  auto free = *socket::open(family::unix_dgram);
  const auto to_full = *endpoint::unix_path(directory.file("full"));
  const auto to_free = *endpoint::unix_path(directory.file("free"));
  ASSERT_TRUE(full.bind(to_full).ok());
  ASSERT_TRUE(free.bind(to_free).ok());
  auto sock = *socket::open(family::unix_dgram);
  int filled = 0;
  while (sock.send({payload("fill")}, &to_full).error == 0) ++filled;
  ASSERT_GT(filled, 0);

  push("full 1", to_full);
  push("free 1", to_free);
  push("full 2", to_full);
  push("free 2", to_free);
  EXPECT_EQ(sut.flush(sock), send_queue::backlog::until_retry);
  EXPECT_THAT(read_all(free), ElementsAre("free 1", "free 2"));
  EXPECT_EQ(read_all(full).size(), static_cast<std::size_t>(filled));
  EXPECT_EQ(sut.flush(sock), send_queue::backlog::none);
  EXPECT_THAT(read_all(full), ElementsAre("full 1", "full 2"));
}

TEST_F(SendQueue, GivesBackWhatIsLeft) {
  push("1", endpoint::loopback(family::udp4, 9));
  EXPECT_EQ(sut.take_all().size(), 1U);
  EXPECT_TRUE(sut.empty());
}

}  // namespace
}  // namespace dgram
