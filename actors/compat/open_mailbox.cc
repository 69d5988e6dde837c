#include "caf_dgram/actors/compat/open_mailbox.h"

#if CAF_MAJOR_VERSION >= 1
#include <memory>

namespace dgram {

caf::intrusive::inbox_result open_mailbox::push_back(caf::mailbox_element_ptr element) {
  return inbox_.push_front(element.release());
}

void open_mailbox::push_front(caf::mailbox_element_ptr element) {
  queue_of(*element).push_front(element.release());
}

caf::mailbox_element_ptr open_mailbox::pop_front() {
  do {
    if (auto urgent = urgent_.pop_front()) return urgent;
    if (auto normal = normal_.pop_front()) return normal;
  } while (fetch());
  return nullptr;
}

std::size_t open_mailbox::size() {
  fetch();
  return fetched();
}

void open_mailbox::drop_reference() const noexcept {
  // CAF creates mailboxes with a reference and has no other way to destroy them.
  if (--references_ == 0) const std::unique_ptr<const open_mailbox> last(this);
}

bool open_mailbox::fetch() {
  auto* newest = inbox_.closed() || inbox_.blocked() ? nullptr : inbox_.take_head();
  if (newest == nullptr) return false;
  sort_in(newest);
  return true;
}

void open_mailbox::fetch_all_and_close() {
  // The inbox hands out the newest first.
  std::vector<caf::mailbox_element*> latest;
  inbox_.close([&](caf::mailbox_element* element) { latest.push_back(element); });
  for (auto each = latest.rbegin(); each != latest.rend(); ++each) {
    queue_of(**each).push_back(*each);
  }
}

void open_mailbox::sort_in(caf::mailbox_element* newest) {
  using node = caf::mailbox_element::node_type;
  const auto urgent_end = urgent_.before_end();
  const auto normal_end = normal_.before_end();
  for (node* next = newest; next != nullptr;) {
    auto* element = static_cast<caf::mailbox_element*>(next);
    next = next->next;
    auto& into = queue_of(*element);
    into.insert_after(&into == &urgent_ ? urgent_end : normal_end, element);
  }
}

// CAF takes ownership of what the factory makes.
#ifdef CAF_DGRAM_AFTER_CAF_1_1
bool open_mailbox::close_if_blocked() { return inbox_.close_if_blocked(); }

caf::abstract_mailbox* open_mailbox_factory::make(caf::local_actor*) {
  return std::make_unique<open_mailbox>().release();
}
#else
caf::abstract_mailbox* open_mailbox_factory::make(caf::scheduled_actor*) {
  return std::make_unique<open_mailbox>().release();
}

caf::abstract_mailbox* open_mailbox_factory::make(caf::blocking_actor*) {
  return std::make_unique<open_mailbox>().release();
}
#endif

open_mailbox_factory& open_mailbox_factory::instance() {
  static open_mailbox_factory factory;
  return factory;
}

}  // namespace dgram
#endif
