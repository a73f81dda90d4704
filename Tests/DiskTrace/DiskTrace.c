#define _GNU_SOURCE
#include "DiskTrace.h"
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

// The system is called straight, so that nothing here comes back to what stands in for it.

static int trace = -1;
static char folder[PATH_MAX];
static size_t folder_length;
/// One at a time does something to a file, so that the entries stand in the order of what was done.
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

__attribute__((constructor)) static void start(void) {
  const char *path = getenv("DISK_TRACE");
  const char *below = getenv("DISK_TRACE_FOLDER");
  if (!path || !below) return;
  folder_length = strlen(below);
  if (folder_length >= sizeof folder) return;
  memcpy(folder, below, folder_length + 1);
  trace = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

/// A process without its account would pass for one that did nothing.
static void fail(const char *what) {
  dprintf(2, "DiskTrace: %s: %s\n", what, strerror(errno));
  _exit(70);
}

static void note(unsigned kind, unsigned long long file, long long place, const char *path, const char *other,
                 const void *content, size_t count) {
  struct disk_trace_entry entry = {
      .process = (unsigned)getpid(), .kind = kind, .file = file, .place = place,
      .path_length = path ? (unsigned)strlen(path) : 0, .other_path_length = other ? (unsigned)strlen(other) : 0};
  entry.length = (unsigned)(sizeof entry + entry.path_length + entry.other_path_length + count);
  struct iovec parts[] = {{&entry, sizeof entry}, {(void *)path, entry.path_length},
                          {(void *)other, entry.other_path_length}, {(void *)content, count}};
  if (syscall(SYS_writev, trace, parts, 4) != (long)entry.length) fail("the trace");
}

static int is_below(const char *path) {
  return trace >= 0 && strncmp(path, folder, folder_length) == 0
         && (path[folder_length] == '/' || path[folder_length] == 0);
}

static int name_of(int descriptor, char *name) {
  char link[32];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, link, name, PATH_MAX - 1);
  name[length < 0 ? 0 : length] = 0;
  return length > 0;
}

/// Whether a path is of the folder; its full name then is in `full`.
static int finds(int at, const char *path, char *full) {
  if (trace < 0 || !path) return 0;
  char base[PATH_MAX] = "";
  if (path[0] != '/' && !(at == AT_FDCWD ? getcwd(base, sizeof base) != NULL : name_of(at, base))) return 0;
  size_t length = strlen(base);
  memcpy(full, base, length);
  if (length) full[length++] = '/';
  for (const char *next = path; *next && length < PATH_MAX - 1; next++)
    if (*next != '/' || (length && full[length - 1] != '/') || !length) full[length++] = *next;
  while (length > 1 && full[length - 1] == '/') length--;
  full[length] = 0;
  return is_below(full);
}

/// The inode of what a descriptor means, where that lies in the folder; 0 otherwise.
static unsigned long long file_of(int descriptor) {
  if (trace < 0) return 0;
  int before = errno;
  char name[PATH_MAX];
  struct stat facts;
  int is_found = name_of(descriptor, name) && is_below(name) && fstat(descriptor, &facts) == 0
                 && (S_ISREG(facts.st_mode) || S_ISDIR(facts.st_mode));
  errno = before;
  return is_found ? facts.st_ino : 0;
}

static unsigned long long inode(const char *path) {
  struct stat facts;
  return fstatat(AT_FDCWD, path, &facts, AT_SYMLINK_NOFOLLOW) == 0 ? facts.st_ino : 0;
}

#define IN_TURN(body) \
  do { \
    pthread_mutex_lock(&turn); \
    body; \
    int after = errno; \
    pthread_mutex_unlock(&turn); \
    errno = after; \
  } while (0)

// MARK: names

static int open_traced(int at, const char *path, int flags, mode_t mode) {
  char full[PATH_MAX];
  int is_nameless = (flags & O_TMPFILE) == O_TMPFILE;
  int can_make = flags & (O_CREAT | O_TRUNC);
  if (!(can_make || is_nameless) || !finds(at, path, full)) return (int)syscall(SYS_openat, at, path, flags, mode);
  int descriptor;
  IN_TURN({
    unsigned long long former = is_nameless ? 0 : inode(full);
    descriptor = (int)syscall(SYS_openat, at, path, flags, mode);
    if (descriptor >= 0) {
      struct stat facts;
      if (fstat(descriptor, &facts) != 0) fail(full);
      if (is_nameless) note(disk_trace_nameless, facts.st_ino, 0, NULL, NULL, NULL, 0);
      else if (former != facts.st_ino) note(disk_trace_created, facts.st_ino, 0, full, NULL, NULL, 0);
      else if (flags & O_TRUNC) note(disk_trace_resized, facts.st_ino, 0, NULL, NULL, NULL, 0);
    }
  });
  return descriptor;
}

#define MODE(flags) \
  mode_t mode = 0; \
  if ((flags) & (O_CREAT | __O_TMPFILE)) { \
    va_list rest; \
    va_start(rest, flags); \
    mode = va_arg(rest, mode_t); \
    va_end(rest); \
  }

int open(const char *path, int flags, ...) { MODE(flags) return open_traced(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags) return open_traced(AT_FDCWD, path, flags, mode); }
int openat(int at, const char *path, int flags, ...) { MODE(flags) return open_traced(at, path, flags, mode); }
int openat64(int at, const char *path, int flags, ...) { MODE(flags) return open_traced(at, path, flags, mode); }
int creat(const char *path, mode_t mode) { return open_traced(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }
int creat64(const char *path, mode_t mode) { return creat(path, mode); }

/// The library opens what it finds a name for by a way of its own.
static int make_traced(const char *function, char *name, int flags) {
  int (*make)(char *, int) = (int (*)(char *, int))dlsym(RTLD_NEXT, function);
  int descriptor;
  IN_TURN({
    descriptor = make(name, flags);
    char full[PATH_MAX];
    unsigned long long file = descriptor >= 0 && finds(AT_FDCWD, name, full) ? file_of(descriptor) : 0;
    if (file) note(disk_trace_created, file, 0, full, NULL, NULL, 0);
  });
  return descriptor;
}

int mkstemp(char *name) { return make_traced("mkostemp", name, 0); }
int mkstemp64(char *name) { return make_traced("mkostemp", name, 0); }
int mkostemp(char *name, int flags) { return make_traced("mkostemp", name, flags); }
int mkostemp64(char *name, int flags) { return make_traced("mkostemp", name, flags); }

int mkdirat(int at, const char *path, mode_t mode) {
  char full[PATH_MAX];
  int result;
  if (!finds(at, path, full)) return (int)syscall(SYS_mkdirat, at, path, mode);
  IN_TURN({
    result = (int)syscall(SYS_mkdirat, at, path, mode);
    if (result == 0) note(disk_trace_folder, inode(full), 0, full, NULL, NULL, 0);
  });
  return result;
}
int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }

int linkat(int at, const char *path, int to, const char *other, int flags) {
  char full[PATH_MAX];
  int result;
  if (!finds(to, other, full)) return (int)syscall(SYS_linkat, at, path, to, other, flags);
  IN_TURN({
    result = (int)syscall(SYS_linkat, at, path, to, other, flags);
    if (result == 0) note(disk_trace_linked, inode(full), 0, full, NULL, NULL, 0);
  });
  return result;
}
int link(const char *path, const char *other) { return linkat(AT_FDCWD, path, AT_FDCWD, other, 0); }

int renameat2(int at, const char *path, int to, const char *other, unsigned flags) {
  char from[PATH_MAX];
  char full[PATH_MAX];
  int result;
  int leaves = finds(at, path, from);
  int arrives = finds(to, other, full);
  if (!leaves && !arrives) return (int)syscall(SYS_renameat2, at, path, to, other, flags);
  IN_TURN({
    result = (int)syscall(SYS_renameat2, at, path, to, other, flags);
    if (result == 0 && !(leaves && arrives)) fail("a file was moved over the folder's border");
    if (result == 0) note(disk_trace_renamed, inode(full), 0, from, full, NULL, 0);
  });
  return result;
}
int renameat(int at, const char *path, int to, const char *other) { return renameat2(at, path, to, other, 0); }
int rename(const char *path, const char *other) { return renameat2(AT_FDCWD, path, AT_FDCWD, other, 0); }

int unlinkat(int at, const char *path, int flags) {
  char full[PATH_MAX];
  int result;
  if (!finds(at, path, full)) return (int)syscall(SYS_unlinkat, at, path, flags);
  IN_TURN({
    result = (int)syscall(SYS_unlinkat, at, path, flags);
    if (result == 0) note(disk_trace_removed, 0, 0, full, NULL, NULL, 0);
  });
  return result;
}
int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }
int rmdir(const char *path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }
int remove(const char *path) {
  if (unlink(path) == 0) return 0;
  return errno == EISDIR ? rmdir(path) : -1;
}

// MARK: contents

static ssize_t write_traced(int descriptor, unsigned long long file, const struct iovec *parts, int count, off_t place) {
  ssize_t result;
  IN_TURN({
    int flags = (int)syscall(SYS_fcntl, descriptor, F_GETFL);
    struct stat facts;
    if (place < 0 && flags & O_APPEND) {
      if (fstat(descriptor, &facts) != 0) fail("fstat");
      result = syscall(SYS_writev, descriptor, parts, count);
      place = facts.st_size;
    } else if (place < 0) {
      place = (off_t)syscall(SYS_lseek, descriptor, 0, SEEK_CUR);
      result = syscall(SYS_writev, descriptor, parts, count);
    } else {
      result = syscall(SYS_pwritev, descriptor, parts, count, place, 0);
    }
    off_t end = place + (result > 0 ? result : 0);
    for (int part = 0; part < count && place < end; part++) {
      size_t length = parts[part].iov_len;
      if ((off_t)length > end - place) length = (size_t)(end - place);
      note(disk_trace_written, file, place, NULL, NULL, parts[part].iov_base, length);
      place += (off_t)length;
    }
  });
  return result;
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
  unsigned long long file = file_of(descriptor);
  struct iovec part = {(void *)bytes, count};
  if (file) return write_traced(descriptor, file, &part, 1, -1);
  if (descriptor == 1 && trace >= 0 && count) IN_TURN(note(disk_trace_said, 0, 0, NULL, NULL, bytes, count));
  return syscall(SYS_write, descriptor, bytes, count);
}

ssize_t writev(int descriptor, const struct iovec *parts, int count) {
  unsigned long long file = file_of(descriptor);
  if (file) return write_traced(descriptor, file, parts, count, -1);
  return syscall(SYS_writev, descriptor, parts, count);
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t place) {
  unsigned long long file = file_of(descriptor);
  struct iovec part = {(void *)bytes, count};
  if (file) return write_traced(descriptor, file, &part, 1, place);
  return syscall(SYS_pwrite64, descriptor, bytes, count, place);
}
ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t place) {
  return pwrite(descriptor, bytes, count, place);
}

ssize_t pwritev(int descriptor, const struct iovec *parts, int count, off_t place) {
  unsigned long long file = file_of(descriptor);
  if (file) return write_traced(descriptor, file, parts, count, place);
  return syscall(SYS_pwritev, descriptor, parts, count, place, 0);
}
ssize_t pwritev64(int descriptor, const struct iovec *parts, int count, off64_t place) {
  return pwritev(descriptor, parts, count, place);
}

/// Read and written: what goes past this process cannot be written down.
ssize_t sendfile(int to, int from, off_t *place, size_t count) {
  if (!file_of(to)) return syscall(SYS_sendfile, to, from, place, count);
  char piece[1 << 16];
  if (count > sizeof piece) count = sizeof piece;
  ssize_t length = place ? syscall(SYS_pread64, from, piece, count, *place) : syscall(SYS_read, from, piece, count);
  if (length <= 0) return length;
  ssize_t result = write(to, piece, (size_t)length);
  if (place && result > 0) *place += result;
  return result;
}
ssize_t sendfile64(int to, int from, off64_t *place, size_t count) { return sendfile(to, from, place, count); }

ssize_t copy_file_range(int from, off64_t *place, int to, off64_t *target, size_t count, unsigned flags) {
  if (!file_of(to)) return syscall(SYS_copy_file_range, from, place, to, target, count, flags);
  errno = ENOSYS;
  return -1;
}

int ftruncate(int descriptor, off_t length) {
  unsigned long long file = file_of(descriptor);
  int result;
  if (!file) return (int)syscall(SYS_ftruncate, descriptor, length);
  IN_TURN({
    result = (int)syscall(SYS_ftruncate, descriptor, length);
    if (result == 0) note(disk_trace_resized, file, length, NULL, NULL, NULL, 0);
  });
  return result;
}
int ftruncate64(int descriptor, off64_t length) { return ftruncate(descriptor, length); }

// MARK: made durable

static int sync_traced(long call, int descriptor) {
  unsigned long long file = file_of(descriptor);
  int result;
  if (!file) return (int)syscall(call, descriptor);
  IN_TURN({
    result = (int)syscall(call, descriptor);
    if (result == 0) note(disk_trace_synced, file, 0, NULL, NULL, NULL, 0);
  });
  return result;
}

int fsync(int descriptor) { return sync_traced(SYS_fsync, descriptor); }
int fdatasync(int descriptor) { return sync_traced(SYS_fdatasync, descriptor); }
