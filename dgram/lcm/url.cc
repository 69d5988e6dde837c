#include "caf_dgram/dgram/lcm/url.h"

#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "caf_dgram/dgram/decimal.h"
#include "caf_dgram/dgram/error.h"
#include "caf_dgram/dgram/quoted.h"

namespace dgram::lcm {
namespace {

constexpr const char* default_host = "239.255.76.67";
constexpr std::uint64_t default_port = 7667;

/// Of the URL that is read.
class url_reader {
 public:
  explicit url_reader(absl::string_view text) : text_(text) {}

  absl::StatusOr<url> read() const {
    constexpr absl::string_view scheme = "udpm://";
    if (text_.substr(0, scheme.size()) != scheme) {
      return fail(errc::unsupported, "does not begin with udpm://");
    }
    const auto rest = text_.substr(scheme.size());
    const auto question = rest.find('?');
    url result;
    auto group = read_group(rest.substr(0, question));
    if (!group.ok()) return group.status();
    result.group = *group;
    if (question == absl::string_view::npos) return result;
    const auto options = rest.substr(question + 1);
    for (const absl::string_view each : absl::StrSplit(options, '&')) {
      if (each.empty()) continue;
      if (auto status = read_option(each, result); !status.ok()) return status;
    }
    return result;
  }

 private:
  absl::Status fail(errc code, absl::string_view cause) const {
    return failure(code, "LCM URL", quoted(text_), cause);
  }

  /// "", "host", ":port" or "host:port".
  absl::StatusOr<endpoint> read_group(absl::string_view text) const {
    auto host = text;
    std::uint64_t port = default_port;
    const auto colon = text.rfind(':');
    if (colon != absl::string_view::npos && text.find(']', colon) == absl::string_view::npos) {
      host = text.substr(0, colon);
      port = parse_decimal(text.substr(colon + 1)).value_or(0);
    }
    if (port < 1 || port > std::numeric_limits<std::uint16_t>::max()) {
      return fail(errc::invalid_port, "the port is not a number of 1 to 65535");
    }
    if (host.empty()) host = default_host;
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
      host = host.substr(1, host.size() - 2);
    }
    auto group = endpoint::ip({host.data(), host.size()}, static_cast<std::int64_t>(port));
    if (!group.ok()) return fail(code_of(group.status()), group.status().message());
    if (!group->is_multicast()) return fail(errc::invalid_address, "not a multicast group");
    return group;
  }

  absl::Status read_option(absl::string_view option, url& into) const {
    const auto equals = option.find('=');
    const auto name = option.substr(0, equals);
    const auto value =
        parse_decimal(equals == absl::string_view::npos ? "" : option.substr(equals + 1))
            .value_or(std::numeric_limits<std::uint64_t>::max());
    if (name == "ttl") {
      if (value > 255) return fail(errc::out_of_range, "ttl is not a number of 0 to 255");
      into.ttl = static_cast<int>(value);
    } else if (name == "recv_buf_size") {
      if (value < 1 || value > std::numeric_limits<std::int32_t>::max()) {
        return fail(errc::out_of_range, "recv_buf_size is not a number of 1 to 2147483647");
      }
      into.receive_buffer = static_cast<std::uint32_t>(value);
    } else {
      return fail(errc::unsupported, absl::StrCat("no such option: ", quoted(name)));
    }
    return absl::OkStatus();
  }

  const absl::string_view text_;
};

}  // namespace

endpoint url::default_group() {
  return *endpoint::ip(default_host, static_cast<std::int64_t>(default_port));
}

absl::StatusOr<url> url::parse(std::string_view text) {
  return url_reader({text.data(), text.size()}).read();
}

}  // namespace dgram::lcm
