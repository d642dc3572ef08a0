// What a confined process tries, and what comes of it: one line for each attempt, with its errno, or 0.
//   attempts nothing|reading|folder FOLDER FILE
#include "../../../Sources/CHelperProcess/confine.c"

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/un.h>

static void report(const char *name, long result) {
    printf("%s %d\n", name, result < 0 ? errno : 0);
    fflush(stdout);
}

static long reading(const char *path) {
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    char byte;
    const long result = file < 0 ? -1 : read(file, &byte, 1);
    if (file >= 0) close(file);
    return result;
}

int main(int count, char **arguments) {
    if (count != 4) return 2;
    const char *mode = arguments[1], *folder = arguments[2], *file = arguments[3];
    const pid_t parent = getppid();
    char other[4096];
    snprintf(other, sizeof other, "%s/written", folder);
    hearsay_confine(strcmp(mode, "nothing") == 0 ? HEARSAY_CONFINE_OPENING_NOTHING : HEARSAY_CONFINE_READING, 3, 1 << 28, 60);
    if (strcmp(mode, "folder") == 0 && !hearsay_read_only_in(folder)) return 3;

    report("execve", execve("/bin/true", (char *[]){"true", NULL}, (char *[]){NULL}));
    report("internet", socket(AF_INET, SOCK_STREAM, 0));
    report("unix", socket(AF_UNIX, SOCK_STREAM, 0));
    report("ptrace", ptrace(PTRACE_ATTACH, parent, NULL, NULL));
    report("kill", kill(parent, 0));
    report("fork", syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
    report("write", open(other, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    report("unlink", unlink(file));
    report("rename", rename(file, other));
    report("memory", (long)mmap(NULL, 1UL << 29, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    report("passwd", reading("/etc/passwd"));
    report("process", reading("/proc/1/environ"));
    report("file", reading(file));
    report("compute", getpid());
    return 0;
}
