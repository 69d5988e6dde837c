#include "caf_dgram/actors/socket/name_waits.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "caf_dgram/actors/compat/asking.h"
#include "caf_dgram/actors/error.h"
#include "caf_dgram/actors/socket/after_end.h"
#include "caf_dgram/dgram/quoted.h"

namespace dgram {
namespace {

std::string describe_failure(const caf::error& why) {
  if (why == caf::sec::request_timeout) return "the resolver did not answer in time";
  return describe(why);
}

}  // namespace

absl::Status name_waits::check_room(const char* operation, const located& where) const {
  if (waiting_.size() < limits_.sends) return absl::OkStatus();
  return failure(errc::queue_full, operation, absl::StrCat("to ", dgram::quoted(where.name)),
                 absl::StrCat(waiting_.size(), " sends wait for host names already"));
}

void name_waits::for_send(const char* operation, const located& where, answer done) {
  ask({operation, where, std::move(done)});
}

void name_waits::for_command(const char* operation, const located& where, answer done) {
  holding_ = true;
  ask({operation, where, [this, done = std::move(done)](absl::StatusOr<endpoint> found) {
         holding_ = false;
         done(std::move(found));
       }});
}

void name_waits::ask(question what) {
  const auto key = next_key_++;
  const auto asked = waiting_.emplace(key, std::move(what)).first;
  send_request(&self_, limits_.resolver, limits_.timeout,
               resolve{family_, asked->second.where.name})
      .then([this, key](const resolved& found) { answer_with(key, pick(waiting_.at(key), found)); },
            [this, key](const caf::error& why) {
              const auto& what = waiting_.at(key);
              answer_with(key, failure(errc::name_not_resolved, what.operation,
                                       dgram::quoted(what.where.name), describe_failure(why)));
            });
}

void name_waits::answer_with(std::uint64_t key, absl::StatusOr<endpoint> found) {
  auto answered = waiting_.extract(key);
  answered.mapped().done(std::move(found));
}

absl::StatusOr<endpoint> name_waits::pick(const question& what, const resolved& found) const {
  for (const auto& address : found.addresses) {
    if (address.family() == family_) return address.with_port(what.where.where.port());
  }
  for (const auto& address : found.addresses) {
    if (const auto mapped = address.in_family(family_)) {
      return mapped->with_port(what.where.where.port());
    }
  }
  return failure(errc::name_not_resolved, what.operation, dgram::quoted(what.where.name),
                 absl::StrCat("the resolver found no ", to_string(family_), " address"));
}

void name_waits::abandon() {
  limits_.resolver = nullptr;
  for (auto& [key, what] : std::exchange(waiting_, {})) {
    what.done(closed_failure(what.operation, dgram::quoted(what.where.name)));
  }
}

}  // namespace dgram
