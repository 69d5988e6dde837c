#include "caf_dgram/dgram/errno_text.h"

#include <cerrno>
#include <utility>

#include "gtest/gtest.h"

namespace dgram {
namespace {

TEST(ErrnoSymbol, IsKnownForEveryErrorOfASocketCall) {
  for (const auto& [error, symbol] : {
           std::pair{EACCES, "EACCES"},
           {EADDRINUSE, "EADDRINUSE"},
           {EADDRNOTAVAIL, "EADDRNOTAVAIL"},
           {EAFNOSUPPORT, "EAFNOSUPPORT"},
           {EALREADY, "EALREADY"},
           {EBADF, "EBADF"},
           {ECONNREFUSED, "ECONNREFUSED"},
           {ECONNRESET, "ECONNRESET"},
           {EDESTADDRREQ, "EDESTADDRREQ"},
           {EEXIST, "EEXIST"},
           {EFAULT, "EFAULT"},
           {EHOSTUNREACH, "EHOSTUNREACH"},
           {EINTR, "EINTR"},
           {EINVAL, "EINVAL"},
           {EIO, "EIO"},
           {EISCONN, "EISCONN"},
           {ELOOP, "ELOOP"},
           {EMFILE, "EMFILE"},
           {EMSGSIZE, "EMSGSIZE"},
           {ENAMETOOLONG, "ENAMETOOLONG"},
           {ENETDOWN, "ENETDOWN"},
           {ENETUNREACH, "ENETUNREACH"},
           {ENFILE, "ENFILE"},
           {ENOBUFS, "ENOBUFS"},
           {ENODEV, "ENODEV"},
           {ENOENT, "ENOENT"},
           {ENOMEM, "ENOMEM"},
           {ENOPROTOOPT, "ENOPROTOOPT"},
           {ENOSYS, "ENOSYS"},
           {ENOTCONN, "ENOTCONN"},
           {ENOTDIR, "ENOTDIR"},
           {ENOTSOCK, "ENOTSOCK"},
           {ENXIO, "ENXIO"},
           {EOPNOTSUPP, "EOPNOTSUPP"},
           {EPERM, "EPERM"},
           {EPIPE, "EPIPE"},
           {EPROTONOSUPPORT, "EPROTONOSUPPORT"},
           {EPROTOTYPE, "EPROTOTYPE"},
           {EROFS, "EROFS"},
           {ETIMEDOUT, "ETIMEDOUT"},
       }) {
    EXPECT_EQ(errno_symbol(error), symbol);
  }
}

TEST(ErrnoSymbol, OfEwouldblockIsThatOfEagain) { EXPECT_EQ(errno_symbol(EWOULDBLOCK), "EAGAIN"); }

TEST(ErrnoSymbol, OfAnUnknownErrorIsItsNumber) {
  EXPECT_EQ(errno_symbol(99'999), "errno 99999");
  EXPECT_EQ(errno_symbol(-1), "errno -1");
}

TEST(ErrnoText, AddsTheSystemsDescription) {
  EXPECT_EQ(errno_text(EACCES), "EACCES (Permission denied)");
  EXPECT_EQ(errno_text(99'999), "errno 99999 (Unknown error 99999)");
}

}  // namespace
}  // namespace dgram
