// Preloaded into a program, lets calls fail that change files below $FAIL_FOLDER: $FAIL_COUNT of them from the
// $FAIL_FROM-th on, with the errno $FAIL_ERROR; those that write, or, where $FAIL_CALL is "sync", those that flush.
// Standard output and errors are left alone. $FAIL_NOTES receives an x for each call that failed, and at the end a line with
// the number of all such calls.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_long calls;
static long first, count, error;
static int is_sync, notes = -1;
static const char *folder;

static long number(const char *name) {
    const char *text = getenv(name);
    return text ? strtol(text, NULL, 10) : 0;
}

__attribute__((constructor)) static void begin(void) {
    const char *call = getenv("FAIL_CALL"), *path = getenv("FAIL_NOTES");
    folder = getenv("FAIL_FOLDER");
    first = number("FAIL_FROM");
    count = number("FAIL_COUNT");
    error = number("FAIL_ERROR");
    is_sync = call && !strcmp(call, "sync");
    if (path) notes = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static int fails(int fd, int sync) {
    char link[64], path[4096];
    if (!folder || sync != is_sync || fd <= STDERR_FILENO) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    if (strncmp(path, folder, strlen(folder))) return 0;
    const long call = atomic_fetch_add(&calls, 1) + 1;
    if (call < first || call >= first + count) return 0;
    if (notes >= 0) syscall(SYS_write, notes, "x", 1);
    errno = (int)error;
    return 1;
}

__attribute__((destructor)) static void end(void) {
    char line[32];
    const int length = snprintf(line, sizeof line, "\n%ld\n", atomic_load(&calls));
    if (notes >= 0) syscall(SYS_write, notes, line, length);
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void *bytes, size_t size) {
    return fails(fd, 0) ? -1 : NEXT(write)(fd, bytes, size);
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t offset) {
    return fails(fd, 0) ? -1 : NEXT(pwrite)(fd, bytes, size, offset);
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t offset) {
    return fails(fd, 0) ? -1 : NEXT(pwrite64)(fd, bytes, size, offset);
}

int fsync(int fd) { return fails(fd, 1) ? -1 : NEXT(fsync)(fd); }

int fdatasync(int fd) { return fails(fd, 1) ? -1 : NEXT(fdatasync)(fd); }
