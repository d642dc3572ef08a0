// Preloaded into a program, notes in $RECORD_WRITES what becomes of jobs.sqlite and jobs.sqlite-wal, in its order:
//   W name offset count, and the bytes    written
//   T name length                         cut off or extended
//   S name                                flushed to the disk
//   A text                                a line on standard output: something was acknowledged
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int notes = -1;
// What each descriptor is: 0 nothing of ours, 1 the database, 2 its log.
static char kinds[4096];
static const char *const names[] = {"", "jobs.sqlite", "jobs.sqlite-wal"};

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("RECORD_WRITES");
    if (path) notes = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static void note(const char *line, const void *bytes, size_t count) {
    if (notes < 0) return;
    pthread_mutex_lock(&lock);
    syscall(SYS_write, notes, line, strlen(line));
    if (count) syscall(SYS_write, notes, bytes, count);
    pthread_mutex_unlock(&lock);
}

static char kind(int fd) { return fd >= 0 && fd < (int)sizeof kinds ? kinds[fd] : 0; }

static int opened(int fd, const char *path) {
    if (fd < 0 || fd >= (int)sizeof kinds) return fd;
    const char *name = strrchr(path, '/');
    name = name ? name + 1 : path;
    kinds[fd] = !strcmp(name, names[1]) ? 1 : !strcmp(name, names[2]) ? 2 : 0;
    return fd;
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define MODE(mode, flags) \
    mode_t mode = 0;      \
    if ((flags) & O_CREAT) { va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest); }

int open(const char *path, int flags, ...) {
    MODE(mode, flags)
    return opened(NEXT(open)(path, flags, mode), path);
}

int open64(const char *path, int flags, ...) {
    MODE(mode, flags)
    return opened(NEXT(open64)(path, flags, mode), path);
}

int close(int fd) {
    if (kind(fd)) kinds[fd] = 0;
    return NEXT(close)(fd);
}

static void wrote(int fd, const void *bytes, ssize_t count, off64_t offset) {
    char line[96];
    if (!kind(fd) || count <= 0) return;
    snprintf(line, sizeof line, "W %s %lld %zd\n", names[(int)kind(fd)], (long long)offset, count);
    note(line, bytes, (size_t)count);
}

ssize_t write(int fd, const void *bytes, size_t count) {
    off64_t offset = kind(fd) ? lseek64(fd, 0, SEEK_CUR) : 0;
    ssize_t written = NEXT(write)(fd, bytes, count);
    wrote(fd, bytes, written, offset);
    if (fd == STDOUT_FILENO && written > 0) {
        char line[512];
        snprintf(line, sizeof line, "A %.*s", (int)(written < 400 ? written : 400), (const char *)bytes);
        if (line[strlen(line) - 1] != '\n') strcat(line, "\n");
        note(line, NULL, 0);
    }
    return written;
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset) {
    ssize_t written = NEXT(pwrite)(fd, bytes, count, offset);
    wrote(fd, bytes, written, offset);
    return written;
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t offset) {
    ssize_t written = NEXT(pwrite64)(fd, bytes, count, offset);
    wrote(fd, bytes, written, offset);
    return written;
}

static void cut(int fd, long long length) {
    char line[96];
    if (!kind(fd)) return;
    snprintf(line, sizeof line, "T %s %lld\n", names[(int)kind(fd)], length);
    note(line, NULL, 0);
}

int ftruncate(int fd, off_t length) {
    int result = NEXT(ftruncate)(fd, length);
    if (!result) cut(fd, length);
    return result;
}

int ftruncate64(int fd, off64_t length) {
    int result = NEXT(ftruncate64)(fd, length);
    if (!result) cut(fd, length);
    return result;
}

static void flushed(int fd) {
    char line[96];
    if (!kind(fd)) return;
    snprintf(line, sizeof line, "S %s\n", names[(int)kind(fd)]);
    note(line, NULL, 0);
}

int fsync(int fd) {
    int result = NEXT(fsync)(fd);
    if (!result) flushed(fd);
    return result;
}

int fdatasync(int fd) {
    int result = NEXT(fdatasync)(fd);
    if (!result) flushed(fd);
    return result;
}
