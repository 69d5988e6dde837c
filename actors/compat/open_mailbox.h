/// For CAF 1.x, whose own mailbox destroys unseen what is left when it is closed.
#pragma once

#include "caf/config.hpp"
#if CAF_MAJOR_VERSION >= 1
#include <atomic>
#include <cstddef>
#include <vector>

#include "caf/abstract_mailbox.hpp"
#include "caf/detail/mailbox_factory.hpp"
#include "caf/intrusive/inbox_result.hpp"
#include "caf/intrusive/lifo_inbox.hpp"
#include "caf/intrusive/linked_list.hpp"
#include "caf/mailbox_element.hpp"
#include "caf_dgram/actors/compat/caf_version.h"

namespace dgram {

/// Urgent messages first, otherwise in order of arrival.
class open_mailbox final : public caf::abstract_mailbox {
 public:
  caf::intrusive::inbox_result push_back(caf::mailbox_element_ptr element) override;
  void push_front(caf::mailbox_element_ptr element) override;
  caf::mailbox_element_ptr pop_front() override;
  bool closed() const noexcept override { return inbox_.closed(); }
  bool blocked() const noexcept override { return inbox_.blocked(); }
  bool try_block() override { return fetched() == 0 && inbox_.try_block(); }
  bool try_unblock() override { return inbox_.try_unblock(); }
  std::size_t size() override;
#ifdef CAF_DGRAM_AFTER_CAF_1_1
  bool close_if_blocked() override;
  std::size_t close() override { return close_with([](const caf::mailbox_element&){}); }
  void ref() const noexcept override { ++references_; }
  void deref() const noexcept override { drop_reference(); }
#else
  std::size_t close(const caf::error&) override {
    return close_with([](const caf::mailbox_element&) {});
  }
  void ref_mailbox() noexcept override { ++references_; }
  void deref_mailbox() noexcept override { drop_reference(); }
  caf::mailbox_element* peek(caf::message_id) override { return nullptr; }
#endif

  /// Closes it and shows `look` what was left; returns the number of elements.
  template <class Look>
  std::size_t close_with(Look look) {
    fetch_all_and_close();
    std::size_t count = 0;
    for (auto* queue : {&urgent_, &normal_}) {
      while (const auto element = queue->pop_front()) {
        look(static_cast<const caf::mailbox_element&>(*element));
        ++count;
      }
    }
    return count;
  }

 private:
  using queue = caf::intrusive::linked_list<caf::mailbox_element>;

  queue& queue_of(const caf::mailbox_element& element) {
    return element.mid.is_urgent_message() ? urgent_ : normal_;
  }

  std::size_t fetched() const { return urgent_.size() + normal_.size(); }

  /// Takes over what senders have pushed; false if that is nothing.
  bool fetch();
  void fetch_all_and_close();
  void sort_in(caf::mailbox_element* newest);
  void drop_reference() const noexcept;

  queue urgent_;
  queue normal_;
  caf::intrusive::lifo_inbox<caf::mailbox_element> inbox_;
  mutable std::atomic<std::size_t> references_{1};
};

/// Gives actors an `open_mailbox`.
class open_mailbox_factory final : public caf::detail::mailbox_factory {
 public:
#ifdef CAF_DGRAM_AFTER_CAF_1_1
  caf::abstract_mailbox* make(caf::local_actor* owner) override;
#else
  caf::abstract_mailbox* make(caf::scheduled_actor* owner) override;
  caf::abstract_mailbox* make(caf::blocking_actor* owner) override;
#endif

  static open_mailbox_factory& instance();
};

}  // namespace dgram
#endif
