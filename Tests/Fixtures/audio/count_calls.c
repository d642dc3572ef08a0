// Preloaded into a program, counts what the thread called "hearsay-capture" asks for: memory, locks (of the program
// itself, not of libraries) and references. At the end writes "allocations locks references" to $COUNT_CALLS.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Thread_local int counted;
static unsigned long allocations, locks, references;
static char *first, *last;

#define NEXT(name) ((__typeof__(&name))next(#name))
static void *next(const char *name) { return dlsym(RTLD_NEXT, name); }

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);
extern void __libc_free(void *);

void *malloc(size_t size) { return allocations += counted, __libc_malloc(size); }
void *calloc(size_t count, size_t size) { return allocations += counted, __libc_calloc(count, size); }
void *realloc(void *block, size_t size) { return allocations += counted, __libc_realloc(block, size); }
void free(void *block) { allocations += counted && block, __libc_free(block); }

int pthread_setname_np(pthread_t thread, const char *name) {
    if (pthread_equal(thread, pthread_self())) counted = !strcmp(name, "hearsay-capture");
    return NEXT(pthread_setname_np)(thread, name);
}

int pthread_mutex_lock(pthread_mutex_t *mutex) {
    static int (*lock)(pthread_mutex_t *);
    if (!lock) lock = NEXT(pthread_mutex_lock);
    char *caller = __builtin_return_address(0);
    if (counted && caller >= first && caller < last) locks++;
    return lock(mutex);
}

void *swift_retain(void *object) {
    static void *(*retain)(void *);
    if (!retain) retain = next("swift_retain");
    references += counted;
    return retain(object);
}

void swift_release(void *object) {
    static void (*release)(void *);
    if (!release) release = next("swift_release");
    references += counted;
    release(object);
}

static int range(struct dl_phdr_info *info, size_t size, void *unused) {
    (void)size, (void)unused;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        if (info->dlpi_phdr[i].p_type != PT_LOAD) continue;
        char *start = (char *)info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
        if (!first || start < first) first = start;
        if (start + info->dlpi_phdr[i].p_memsz > last) last = start + info->dlpi_phdr[i].p_memsz;
    }
    return 1;  // The program comes first; that is enough.
}

__attribute__((constructor)) static void begin(void) { dl_iterate_phdr(range, NULL); }

__attribute__((destructor)) static void end(void) {
    const char *path = getenv("COUNT_CALLS");
    FILE *file = path ? fopen(path, "w") : NULL;
    if (!file) return;
    fprintf(file, "%lu %lu %lu\n", allocations, locks, references);
    fclose(file);
}
