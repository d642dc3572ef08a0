#define _GNU_SOURCE
#include "CHelperProcess.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#ifdef ARCHITECTURE

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define REFUSE BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define REFUSE_CALL(name) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##name, 0, 1), REFUSE

/// The calls with which a program reaches out: to the network, to other processes, to programs and to what lies in files.
/// Reading files stays for those who read dictionaries when they need them.
static const struct sock_filter filter[] = {
    LOAD(arch),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0),
    REFUSE,
    LOAD(nr),
    REFUSE_CALL(socket),
    REFUSE_CALL(socketpair),
    REFUSE_CALL(connect),
    REFUSE_CALL(bind),
    REFUSE_CALL(execve),
    REFUSE_CALL(execveat),
    REFUSE_CALL(kill),
    REFUSE_CALL(ptrace),
    REFUSE_CALL(process_vm_readv),
    REFUSE_CALL(process_vm_writev),
    REFUSE_CALL(unlinkat),
    REFUSE_CALL(renameat2),
    REFUSE_CALL(linkat),
    REFUSE_CALL(symlinkat),
    REFUSE_CALL(mkdirat),
    REFUSE_CALL(truncate),
    REFUSE_CALL(fchmodat),
    REFUSE_CALL(fchownat),
    REFUSE_CALL(mount),
    REFUSE_CALL(unshare),
    REFUSE_CALL(setns),
    REFUSE_CALL(bpf),
    REFUSE_CALL(perf_event_open),
    REFUSE_CALL(userfaultfd),
    REFUSE_CALL(io_uring_setup),
    REFUSE_CALL(keyctl),
    REFUSE_CALL(openat2),
    REFUSE_CALL(mknodat),
    REFUSE_CALL(utimensat),
    REFUSE_CALL(fchmod),
    REFUSE_CALL(fchown),
    REFUSE_CALL(setxattr),
    REFUSE_CALL(lsetxattr),
    REFUSE_CALL(fsetxattr),
    REFUSE_CALL(removexattr),
    REFUSE_CALL(lremovexattr),
    REFUSE_CALL(fremovexattr),
    REFUSE_CALL(tkill),
    REFUSE_CALL(rt_sigqueueinfo),
    REFUSE_CALL(rt_tgsigqueueinfo),
#ifdef __NR_renameat
    REFUSE_CALL(renameat),
#endif
#ifdef __NR_pidfd_send_signal
    REFUSE_CALL(pidfd_send_signal),
#endif
#ifdef __NR_fchmodat2
    REFUSE_CALL(fchmodat2),
#endif
    // espeak-ng starts a thread and cannot do without it. The newer call keeps its flags where a filter cannot look: told
    // that there is none, the C library takes the older one.
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_clone3, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_clone, 0, 4),
    LOAD(args[0]),
    BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 1, 0),
    REFUSE,
    ALLOW,
#ifdef __x86_64__
    // The older forms of the same, and the numbers of the x32 interface.
    REFUSE_CALL(fork),
    REFUSE_CALL(vfork),
    REFUSE_CALL(unlink),
    REFUSE_CALL(rename),
    REFUSE_CALL(link),
    REFUSE_CALL(symlink),
    REFUSE_CALL(mkdir),
    REFUSE_CALL(rmdir),
    REFUSE_CALL(creat),
    REFUSE_CALL(chmod),
    REFUSE_CALL(chown),
    REFUSE_CALL(lchown),
    REFUSE_CALL(mknod),
    REFUSE_CALL(utime),
    REFUSE_CALL(utimes),
    REFUSE_CALL(futimesat),
    BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1),
    REFUSE,
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_open, 0, 4),
    LOAD(args[1]),
    BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC, 0, 1),
    REFUSE,
    ALLOW,
#endif
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_openat, 0, 3),
    LOAD(args[2]),
    BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC, 0, 1),
    REFUSE,
    ALLOW,
};

static void refuse_calls(void) {
    const struct sock_fprog program = {sizeof filter / sizeof *filter, (struct sock_filter *)filter};
    // Where the kernel has no filters, the limits alone must do.
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);

    // abort() sends its signal to this very process, and no other may be sent one.
    struct sock_filter signals[] = {
        LOAD(nr),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_tgkill, 0, 3),
        LOAD(args[0]),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)getpid(), 1, 0),
        REFUSE,
        ALLOW,
    };
    const struct sock_fprog own = {sizeof signals / sizeof *signals, signals};
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &own, 0, 0);
}

static void refuse_opening(void) {
    struct sock_filter opening[] = {
        LOAD(nr),
        REFUSE_CALL(openat),
#ifdef __x86_64__
        REFUSE_CALL(open),
#endif
        ALLOW,
    };
    const struct sock_fprog program = {sizeof opening / sizeof *opening, opening};
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

#else

static void refuse_calls(void) {}
static void refuse_opening(void) {}

#endif

/// Descriptors that a helper may have: some libraries look for what they can do without.
enum { MOST_DESCRIPTORS = 32 };

void hearsay_confine(hearsay_confinement confinement, uint32_t first_closed, size_t memory, uint32_t seconds) {
    close_range(first_closed, ~0U, 0);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    const struct rlimit none = {0, 0}, space = {memory, memory}, time = {seconds, seconds};
    const struct rlimit descriptors = {MOST_DESCRIPTORS, MOST_DESCRIPTORS};
    setrlimit(RLIMIT_CPU, &time);
    setrlimit(RLIMIT_NOFILE, &descriptors);
    setrlimit(RLIMIT_CORE, &none);
    setrlimit(RLIMIT_FSIZE, &none);
    setrlimit(RLIMIT_AS, &space);
    refuse_calls();
    if (confinement == HEARSAY_CONFINE_OPENING_NOTHING) refuse_opening();
}

bool hearsay_read_only_in(const char *folder) {
    // What the first version of the interface knows: to execute, to write, to read, to list, and all that changes folders.
    const struct landlock_ruleset_attr everything = {.handled_access_fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1};
    const int rules = (int)syscall(SYS_landlock_create_ruleset, &everything, sizeof everything, 0);
    if (rules < 0) return false;
    const struct landlock_path_beneath_attr reading = {
        .allowed_access = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
        .parent_fd = open(folder, O_PATH | O_CLOEXEC),
    };
    const bool is_limited = reading.parent_fd >= 0
        && syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &reading, 0) == 0
        && syscall(SYS_landlock_restrict_self, rules, 0) == 0;
    if (reading.parent_fd >= 0) close(reading.parent_fd);
    close(rules);
    return is_limited;
}

void hearsay_deadline(uint32_t seconds) { alarm(seconds); }

bool hearsay_hide(void) {
    const struct rlimit none = {0, 0};
    return setrlimit(RLIMIT_CORE, &none) == 0 && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
}

bool hearsay_is_hidden(void) { return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0; }

int hearsay_memory_file(void) { return memfd_create("hearsay", MFD_CLOEXEC); }
