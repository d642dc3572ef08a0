// A fork-join pool: workers spin for some microseconds after a job, then sleep on a futex. Items are claimed one by
// one from a word that holds the job's number as well, so a worker that wakes late can never touch a newer job, and
// the caller never waits for a worker that has not claimed anything.
#define _GNU_SOURCE
#include "table.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef void (*hk_body)(void *context, int item, int thread);

enum { SPIN_ROUNDS = 4000 };

typedef struct hk_scratch {
    void *memory;
    size_t bytes;
} hk_scratch;

struct hk_pool {
    // Job number in the upper half, next unclaimed item in the lower.
    _Alignas(64) _Atomic uint64_t ticket;
    _Alignas(64) _Atomic int32_t remaining;
    _Alignas(64) _Atomic uint32_t wake; // futex word: the newest job's number
    _Atomic int sleepers;
    _Atomic int stopping;
    _Atomic(hk_body) body;
    _Atomic(void *) context;
    _Atomic int items;
    pthread_mutex_t entry;
    int threads;
    pthread_t *workers;
    hk_scratch *scratch; // one per thread, then the shared one
};

typedef struct hk_worker {
    hk_pool *pool;
    int thread;
} hk_worker;

static void futex_wait(_Atomic uint32_t *word, uint32_t expected) {
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, NULL, NULL, 0);
}

static void futex_wake_all(_Atomic uint32_t *word) {
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT32_MAX, NULL, NULL, 0);
}

static void spin_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/// Claims and runs items of job `job` until none is left.
static void work(hk_pool *pool, uint32_t job, int thread) {
    for (;;) {
        uint64_t ticket = atomic_load_explicit(&pool->ticket, memory_order_acquire);
        // Read before the claim: a successful claim proves that the job was still open, so these are its own.
        hk_body body = atomic_load_explicit(&pool->body, memory_order_relaxed);
        void *context = atomic_load_explicit(&pool->context, memory_order_relaxed);
        int items = atomic_load_explicit(&pool->items, memory_order_relaxed);
        if ((uint32_t)(ticket >> 32) != job || (int)(uint32_t)ticket >= items) return;
        if (!atomic_compare_exchange_weak_explicit(&pool->ticket, &ticket, ticket + 1, memory_order_acq_rel,
                                                   memory_order_relaxed))
            continue;
        body(context, (int)(uint32_t)ticket, thread);
        atomic_fetch_sub_explicit(&pool->remaining, 1, memory_order_release);
    }
}

static void *worker_main(void *argument) {
    hk_worker self = *(hk_worker *)argument;
    free(argument);
    hk_pool *pool = self.pool;
    uint32_t seen = 0;
    while (!atomic_load_explicit(&pool->stopping, memory_order_acquire)) {
        uint32_t job = atomic_load_explicit(&pool->wake, memory_order_acquire);
        for (int round = 0; job == seen && round < SPIN_ROUNDS; round++) {
            spin_pause();
            job = atomic_load_explicit(&pool->wake, memory_order_acquire);
        }
        if (job == seen) {
            atomic_fetch_add(&pool->sleepers, 1);
            futex_wait(&pool->wake, seen);
            atomic_fetch_sub(&pool->sleepers, 1);
            continue;
        }
        seen = job;
        work(pool, job, self.thread);
    }
    return NULL;
}

static int start_workers(hk_pool *pool, int threads) {
    for (int thread = 1; thread < threads; thread++) {
        hk_worker *worker = malloc(sizeof *worker);
        if (!worker) return 0;
        *worker = (hk_worker){pool, thread};
        if (pthread_create(&pool->workers[thread - 1], NULL, worker_main, worker)) {
            free(worker);
            return 0;
        }
        pool->threads = thread + 1;
    }
    return 1;
}

hk_pool *hk_pool_create(int threads) {
    if (threads < 1 || threads > 1024) return NULL;
    hk_pool *pool = aligned_alloc(64, (sizeof *pool + 63) / 64 * 64);
    if (!pool) return NULL;
    memset(pool, 0, sizeof *pool);
    pthread_mutex_init(&pool->entry, NULL);
    pool->threads = 1;
    pool->workers = calloc((size_t)threads, sizeof *pool->workers);
    pool->scratch = calloc((size_t)threads + 1, sizeof *pool->scratch);
    if (!pool->workers || !pool->scratch || !start_workers(pool, threads)) {
        hk_pool_destroy(pool);
        return NULL;
    }
    return pool;
}

void hk_pool_destroy(hk_pool *pool) {
    if (!pool) return;
    atomic_store(&pool->stopping, 1);
    atomic_fetch_add(&pool->wake, 1);
    futex_wake_all(&pool->wake);
    for (int thread = 1; thread < pool->threads; thread++) pthread_join(pool->workers[thread - 1], NULL);
    if (pool->scratch)
        for (int slot = 0; slot <= pool->threads; slot++) free(pool->scratch[slot].memory);
    free(pool->scratch);
    free(pool->workers);
    pthread_mutex_destroy(&pool->entry);
    free(pool);
}

int hk_pool_threads(const hk_pool *pool) { return pool->threads; }

int hk_available_processors(void) {
    cpu_set_t mask;
    int count = sched_getaffinity(0, sizeof mask, &mask) ? (int)sysconf(_SC_NPROCESSORS_ONLN) : CPU_COUNT(&mask);
    return count > 0 ? count : 1;
}

void hk_pool_enter(hk_pool *pool) { pthread_mutex_lock(&pool->entry); }

void hk_pool_leave(hk_pool *pool) { pthread_mutex_unlock(&pool->entry); }

void hk_pool_run(hk_pool *pool, int items, hk_body body, void *context) {
    hk_pool_enter(pool);
    hk_pool_fork(pool, items, body, context);
    hk_pool_leave(pool);
}

void hk_pool_fork(hk_pool *pool, int items, hk_body body, void *context) {
    if (items <= 0) return;
    if (pool->threads == 1 || items == 1) {
        for (int item = 0; item < items; item++) body(context, item, 0);
        return;
    }
    uint32_t job = atomic_load_explicit(&pool->wake, memory_order_relaxed) + 1;
    // Closes the old job before its fields change.
    atomic_store_explicit(&pool->ticket, ((uint64_t)job << 32) | UINT32_MAX >> 1, memory_order_seq_cst);
    atomic_store_explicit(&pool->items, items, memory_order_relaxed);
    atomic_store_explicit(&pool->body, body, memory_order_relaxed);
    atomic_store_explicit(&pool->context, context, memory_order_relaxed);
    atomic_store_explicit(&pool->remaining, items, memory_order_relaxed);
    atomic_store_explicit(&pool->ticket, (uint64_t)job << 32, memory_order_release);
    atomic_store_explicit(&pool->wake, job, memory_order_seq_cst);
    if (atomic_load(&pool->sleepers) > 0) futex_wake_all(&pool->wake);
    work(pool, job, 0);
    for (int round = 0; atomic_load_explicit(&pool->remaining, memory_order_acquire) > 0; round++) {
        // What is left is being computed by a worker; give way if it lost its processor.
        if (round < SPIN_ROUNDS) spin_pause();
        else usleep(20);
    }
}

static void *grow(hk_scratch *scratch, size_t bytes) {
    if (scratch->bytes < bytes) {
        size_t rounded = (bytes + 4095) / 4096 * 4096;
        free(scratch->memory);
        scratch->memory = aligned_alloc(64, rounded);
        scratch->bytes = scratch->memory ? rounded : 0;
    }
    return scratch->memory;
}

void *hk_pool_scratch(hk_pool *pool, int thread, size_t bytes) { return grow(&pool->scratch[thread], bytes); }

void *hk_pool_shared_scratch(hk_pool *pool, size_t bytes) { return grow(&pool->scratch[pool->threads], bytes); }
