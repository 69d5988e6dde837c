// Writes one line to the system log through its Unix datagram socket, in the format of
// RFC 5424 or RFC 3164.
//
//   bazel run //examples:syslog_client -- --tag=demo --severity=5 "disk is full"
//   bazel run //examples:syslog_client -- --path=/tmp/log --format=rfc5424 hello

#include <caf/all.hpp>

#include <unistd.h>

#include <array>
#include <cstdio>
#include <ctime>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "caf_dgram/actors/ask.h"
#include "caf_dgram/actors/config.h"
#include "caf_dgram/actors/runtime.h"
#include "examples/report.h"

ABSL_FLAG(std::string, path, "/dev/log", "the syslog socket");
ABSL_FLAG(std::string, format, "rfc3164", "rfc3164 or rfc5424");
ABSL_FLAG(int, facility, 1, "0 (kernel) to 23 (local7); 1 is user");
ABSL_FLAG(int, severity, 6, "0 (emergency) to 7 (debug); 6 is informational");
ABSL_FLAG(std::string, tag, "caf-dgram", "the program's name in the log");

namespace {

std::string format_time(const char* format) {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  std::array<char, 64> text{};
  std::strftime(text.data(), text.size(), format, &parts);
  return text.data();
}

std::string rfc5424(int priority, const std::string& tag, const std::string& message) {
  // "-": no host, message id or structured data.
  return absl::StrCat("<", priority, ">1 ", format_time("%Y-%m-%dT%H:%M:%SZ"), " - ", tag, " ",
                      ::getpid(), " - - ", message);
}

std::string rfc3164(int priority, const std::string& tag, const std::string& message) {
  // Daemons expect no host name on a local socket.
  return absl::StrCat("<", priority, ">", format_time("%b %e %H:%M:%S"), " ", tag, "[", ::getpid(),
                      "]: ", message);
}

}  // namespace

int main(int argc, char** argv) {
  const auto arguments = absl::ParseCommandLine(argc, argv);
  const std::vector<char*> words(arguments.begin() + 1, arguments.end());
  const auto message = absl::StrJoin(words, " ");
  const int facility = absl::GetFlag(FLAGS_facility);
  const int severity = absl::GetFlag(FLAGS_severity);
  const auto format = absl::GetFlag(FLAGS_format);
  if (message.empty() || facility < 0 || facility > 23 || severity < 0 || severity > 7 ||
      (format != "rfc3164" && format != "rfc5424")) {
    std::fprintf(stderr,
                 "usage: syslog_client [--facility=0..23] [--severity=0..7] "
                 "[--format=rfc3164|rfc5424] MESSAGE...\n");
    return 2;
  }
  const int priority = facility * 8 + severity;
  const auto tag = absl::GetFlag(FLAGS_tag);

  dgram::system_config config;
  caf::actor_system system{config};
  dgram::runtime net{system};
  caf::scoped_actor self{system};
  const auto sock = net.open(dgram::family::unix_dgram);
  if (!sock) return examples::report(sock.error());
  const auto line =
      format == "rfc5424" ? rfc5424(priority, tag, message) : rfc3164(priority, tag, message);
  const auto sent =
      dgram::ask(self, *sock, dgram::send{line, dgram::address::path(absl::GetFlag(FLAGS_path))});
  return sent ? 0 : examples::report(sent.error());
}
