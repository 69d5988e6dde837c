#include "caf_dgram/dgram/errno_text.h"

#include <array>
#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"

// CAF_DGRAM_NO_STRERRORNAME_NP stands for an older C library where there is a newer one.
#if defined(__GLIBC__) && !defined(CAF_DGRAM_NO_STRERRORNAME_NP)
#if __GLIBC_PREREQ(2, 32)
#define CAF_DGRAM_HAS_STRERRORNAME_NP
#endif
#endif

namespace dgram {
namespace {

#ifdef CAF_DGRAM_HAS_STRERRORNAME_NP

const char* symbol_of(int error) noexcept { return ::strerrorname_np(error); }

#else

struct symbol {
  int error;
  const char* name;
};

/// POSIX.1-2017, <errno.h>, and what socket calls of Linux and BSD add to it. Where two
/// symbols share a number, the first one wins.
constexpr std::array symbols{
    symbol{E2BIG, "E2BIG"},
    symbol{EACCES, "EACCES"},
    symbol{EADDRINUSE, "EADDRINUSE"},
    symbol{EADDRNOTAVAIL, "EADDRNOTAVAIL"},
    symbol{EAFNOSUPPORT, "EAFNOSUPPORT"},
    symbol{EAGAIN, "EAGAIN"},
    symbol{EALREADY, "EALREADY"},
    symbol{EBADF, "EBADF"},
    symbol{EBADMSG, "EBADMSG"},
    symbol{EBUSY, "EBUSY"},
    symbol{ECANCELED, "ECANCELED"},
    symbol{ECHILD, "ECHILD"},
    symbol{ECONNABORTED, "ECONNABORTED"},
    symbol{ECONNREFUSED, "ECONNREFUSED"},
    symbol{ECONNRESET, "ECONNRESET"},
    symbol{EDEADLK, "EDEADLK"},
    symbol{EDESTADDRREQ, "EDESTADDRREQ"},
    symbol{EDOM, "EDOM"},
    symbol{EDQUOT, "EDQUOT"},
    symbol{EEXIST, "EEXIST"},
    symbol{EFAULT, "EFAULT"},
    symbol{EFBIG, "EFBIG"},
    symbol{EHOSTUNREACH, "EHOSTUNREACH"},
    symbol{EIDRM, "EIDRM"},
    symbol{EILSEQ, "EILSEQ"},
    symbol{EINPROGRESS, "EINPROGRESS"},
    symbol{EINTR, "EINTR"},
    symbol{EINVAL, "EINVAL"},
    symbol{EIO, "EIO"},
    symbol{EISCONN, "EISCONN"},
    symbol{EISDIR, "EISDIR"},
    symbol{ELOOP, "ELOOP"},
    symbol{EMFILE, "EMFILE"},
    symbol{EMLINK, "EMLINK"},
    symbol{EMSGSIZE, "EMSGSIZE"},
    symbol{ENAMETOOLONG, "ENAMETOOLONG"},
    symbol{ENETDOWN, "ENETDOWN"},
    symbol{ENETRESET, "ENETRESET"},
    symbol{ENETUNREACH, "ENETUNREACH"},
    symbol{ENFILE, "ENFILE"},
    symbol{ENOBUFS, "ENOBUFS"},
    symbol{ENODEV, "ENODEV"},
    symbol{ENOENT, "ENOENT"},
    symbol{ENOEXEC, "ENOEXEC"},
    symbol{ENOLCK, "ENOLCK"},
    symbol{ENOMEM, "ENOMEM"},
    symbol{ENOMSG, "ENOMSG"},
    symbol{ENOPROTOOPT, "ENOPROTOOPT"},
    symbol{ENOSPC, "ENOSPC"},
    symbol{ENOSYS, "ENOSYS"},
    symbol{ENOTCONN, "ENOTCONN"},
    symbol{ENOTDIR, "ENOTDIR"},
    symbol{ENOTEMPTY, "ENOTEMPTY"},
    symbol{ENOTRECOVERABLE, "ENOTRECOVERABLE"},
    symbol{ENOTSOCK, "ENOTSOCK"},
    symbol{EOPNOTSUPP, "EOPNOTSUPP"},
    symbol{ENOTSUP, "ENOTSUP"},
    symbol{ENOTTY, "ENOTTY"},
    symbol{ENXIO, "ENXIO"},

    symbol{EOVERFLOW, "EOVERFLOW"},
    symbol{EOWNERDEAD, "EOWNERDEAD"},
    symbol{EPERM, "EPERM"},
    symbol{EPIPE, "EPIPE"},
    symbol{EPROTO, "EPROTO"},
    symbol{EPROTONOSUPPORT, "EPROTONOSUPPORT"},
    symbol{EPROTOTYPE, "EPROTOTYPE"},
    symbol{ERANGE, "ERANGE"},
    symbol{EROFS, "EROFS"},
    symbol{ESPIPE, "ESPIPE"},
    symbol{ESRCH, "ESRCH"},
    symbol{ESTALE, "ESTALE"},
    symbol{ETIMEDOUT, "ETIMEDOUT"},
    symbol{ETXTBSY, "ETXTBSY"},
    symbol{EXDEV, "EXDEV"},
#ifdef ECOMM
    symbol{ECOMM, "ECOMM"},
#endif
#ifdef EHOSTDOWN
    symbol{EHOSTDOWN, "EHOSTDOWN"},
#endif
#ifdef ENONET
    symbol{ENONET, "ENONET"},
#endif
#ifdef EPFNOSUPPORT
    symbol{EPFNOSUPPORT, "EPFNOSUPPORT"},
#endif
#ifdef ESHUTDOWN
    symbol{ESHUTDOWN, "ESHUTDOWN"},
#endif
#ifdef ESOCKTNOSUPPORT
    symbol{ESOCKTNOSUPPORT, "ESOCKTNOSUPPORT"},
#endif
#ifdef ETOOMANYREFS
    symbol{ETOOMANYREFS, "ETOOMANYREFS"},
#endif
#ifdef EUSERS
    symbol{EUSERS, "EUSERS"},
#endif
};

const char* symbol_of(int error) noexcept {
  for (const auto& each : symbols) {
    if (each.error == error) return each.name;
  }
  return nullptr;
}

#endif

// strerror_r(3) has two signatures: POSIX returns an error and fills the buffer, GNU returns
// the text, which need not lie in the buffer.
[[maybe_unused]] const char* description(int failed, const char* buffer) {
  return failed == 0 ? buffer : "unknown error";
}
[[maybe_unused]] const char* description(const char* text, const char* /*buffer*/) { return text; }

}  // namespace

std::string errno_symbol(int error) {
  const char* symbol = symbol_of(error);
  return symbol != nullptr ? symbol : absl::StrCat("errno ", error);
}

std::string errno_text(int error) {
  std::array<char, 256> buffer{};
  const char* text = description(::strerror_r(error, buffer.data(), buffer.size()), buffer.data());
  return absl::StrCat(errno_symbol(error), " (", text, ")");
}

}  // namespace dgram
