#include "caf_dgram/actors/caf_1/flows.h"

#include <caf/event_based_actor.hpp>
#include <caf/scheduled_actor/flow.hpp>

#include <atomic>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/comes_true.h"
#include "tests/support/socket_test.h"

namespace dgram::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

/// An observer that requests items when told to, and keeps what it got.
class probe final : public caf::flow::observer_impl_base<message_event> {
 public:
  explicit probe(caf::flow::coordinator* parent) : parent_(parent) {}

  caf::flow::coordinator* parent() const noexcept override { return parent_; }
  void on_subscribe(caf::flow::subscription to) override { subscription = std::move(to); }
  void on_next(const message_event& item) override {
    const std::lock_guard<std::mutex> guard(mutex_);
    texts_.emplace_back(item.data.view());
  }
  void on_complete() override { end = "completed"; }
  void on_error(const caf::error& why) override { end = describe(why); }

  /// Any thread.
  std::vector<std::string> texts() const {
    const std::lock_guard<std::mutex> guard(mutex_);
    return texts_;
  }

  caf::flow::subscription subscription;
  std::string end;

 private:
  caf::flow::coordinator* parent_;
  mutable std::mutex mutex_;
  std::vector<std::string> texts_;
};

/// An actor that runs a flow from a socket into a probe. Its messages: a number requests
/// that many items, "cancel" cancels, "end" answers how the flow ended, "quit" quits.
caf::behavior observe_with_probe(caf::event_based_actor* self, const socket_actor& sock,
                                 std::atomic<const probe*>* made) {
  const auto sink = caf::make_counted<probe>(self);
  *made = sink.get();
  observe(self, sock).subscribe(sink->as_observer());
  return {
      [sink](int more) { sink->subscription.request(static_cast<std::size_t>(more)); },
      [sink, self](const std::string& what) {
        if (what == "cancel") sink->subscription.cancel();
        if (what == "quit") self->quit();
        return sink->end;
      },
  };
}

class Flow : public SocketTest {
 protected:
  void SetUp() override {
    ASSERT_TRUE(comes_true([&] { return counted().subscribers.size() == 1; }));
  }
  ~Flow() override { caf::anon_send_exit(user, caf::exit_reason::user_shutdown); }

  void send(int first, int last) {
    for (int i = first; i <= last; ++i) {
      ASSERT_TRUE(here.ask<std::uint64_t>(sock, dgram::send{std::to_string(i), at}));
    }
  }

  void request(int items) { here.self->mail(items).send(user); }

  std::string tell_user(const std::string& what) {
    std::string end;
    here.self->mail(what)
        .request(user, patience)
        .receive([&](const std::string& answer) { end = answer; },
                 [](const caf::error& why) { ADD_FAILURE() << describe(why); });
    return end;
  }

  statistics counted() { return *here.ask<statistics>(sock, get_statistics{}); }
  bool has_received(std::uint64_t datagrams) {
    return comes_true([&] { return counted().received + counted().kernel_drops >= datagrams; });
  }

  const std::pair<socket_actor, endpoint> bound = here.open_bound(family::udp4);
  const socket_actor sock = bound.first;
  const endpoint at = bound.second;
  std::atomic<const probe*> sink{nullptr};
  const caf::actor user = system.spawn(observe_with_probe, sock, &sink);
};

TEST_F(Flow, WithADemandOfTenGetsExactlyTen) {
  request(10);
  send(1, 30);
  ASSERT_TRUE(comes_true([&] { return sink.load()->texts().size() >= 10; }));
  EXPECT_EQ(counted().subscribers.at(0).delivered, 10U);
  tell_user("");
  EXPECT_THAT(sink.load()->texts(), SizeIs(10));
}

TEST_F(Flow, LosesNothingBetweenDemands) {
  send(1, 30);
  std::vector<std::string> expected;
  for (int i = 1; i <= 30; ++i) expected.push_back(std::to_string(i));
  for (int i = 0; i < 30; i += 3) {
    request(3);
    const auto due = static_cast<std::size_t>(i + 3);
    ASSERT_TRUE(comes_true([&] { return sink.load()->texts().size() >= due; }));
  }
  EXPECT_EQ(sink.load()->texts(), expected);
}

TEST_F(Flow, ThatIsCancelledGivesEverythingBack) {
  request(5);
  send(1, 20);
  ASSERT_TRUE(comes_true([&] { return sink.load()->texts().size() == 5; }));
  tell_user("cancel");
  EXPECT_TRUE(comes_true([&] {
    const auto now = counted();
    return now.subscribers.empty() && now.held_bytes == 0;
  }));
}

TEST_F(Flow, EndsWithItsActor) {
  request(5);
  send(1, 20);
  tell_user("quit");
  here.self->wait_for(user);
  EXPECT_TRUE(comes_true([&] {
    const auto now = counted();
    return now.subscribers.empty() && now.held_bytes == 0;
  }));
}

TEST_F(Flow, CompletesWhenTheSocketIsClosed) {
  request(1);
  ASSERT_FALSE(here.tell(sock, close{}));
  EXPECT_TRUE(comes_true([&] { return tell_user("") == "completed"; }));
}

TEST_F(Flow, FailsWithTheReasonOfASocketThatIsKilled) {
  here.self->send_exit(sock, caf::exit_reason::kill);
  EXPECT_TRUE(comes_true([&] { return !tell_user("").empty(); }));
  EXPECT_EQ(tell_user(""), "kill");
}

TEST_F(Flow, OfASocketThatHasEndedFails) {
  ASSERT_FALSE(here.tell(sock, close{}));
  here.self->wait_for(sock);
  std::atomic<const probe*> other{nullptr};
  const auto late = system.spawn(observe_with_probe, sock, &other);
  std::string end;
  const auto ask = [&] {
    here.self->mail(std::string())
        .request(late, patience)
        .receive([&](const std::string& answer) { end = answer; }, [](const caf::error&) {});
    return end;
  };
  EXPECT_TRUE(comes_true([&] { return !ask().empty(); }));
  EXPECT_THAT(end, ::testing::HasSubstr("ended"));
  caf::anon_send_exit(late, caf::exit_reason::user_shutdown);
}

TEST_F(Flow, SendsWhatAnObserverGets) {
  const auto [receiver, there] = here.open_bound(family::udp4, here.self);
  here.await<listening_event>();
  system.spawn([sender = sock, to = there](caf::event_based_actor* self) {
    self->make_observable()
        .iota(0)
        .take(1000)
        .map([to](int i) {
          return dgram::send{std::to_string(i), to};
        })
        .subscribe(send_through(self, sender));
  });
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(here.await<message_event>().data.view(), std::to_string(i));
  }
}

TEST_F(Flow, ReportsADatagramThatCannotBeSentAndGoesOn) {
  const auto [receiver, there] = here.open_bound(family::udp4, here.self);
  here.await<listening_event>();
  std::vector<std::string> failures;
  const auto user = system.spawn([&, sender = sock, to = there](caf::event_based_actor* self) {
    self->make_observable()
        .iota(0)
        .take(3)
        .map([to](int i) {
          return dgram::send{std::to_string(i), i == 1 ? to.with_port(0) : to};
        })
        .subscribe(send_through(self, sender, [&](const dgram::send& what, const caf::error&) {
          failures.emplace_back(what.data.view());
        }));
  });
  EXPECT_EQ(here.await<message_event>().data.view(), "0");
  EXPECT_EQ(here.await<message_event>().data.view(), "2");
  here.self->wait_for(user);
  EXPECT_THAT(failures, ElementsAre("1"));
}

TEST_F(Flow, IntoASocketThatHasEndedIsCancelled) {
  ASSERT_FALSE(here.tell(sock, close{}));
  here.self->wait_for(sock);
  const auto sender = system.spawn([this](caf::event_based_actor* self) {
    self->make_observable()
        .iota(0)
        .map([this](int i) {
          return dgram::send{std::to_string(i), at};
        })
        .subscribe(send_through(self, sock));
  });
  // An endless flow would keep it alive.
  here.self->wait_for(sender);
}

}  // namespace
}  // namespace dgram::testing
