// The instruction set is chosen once, on first use: the best the processor has, or what HEARSAY_FORCE_ISA names.
#include "table.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static _Atomic(const hk_table *) active;
/// What a test chose for its own thread: an operation's table is that of the thread which starts it.
static _Thread_local const hk_table *forced;

static const hk_table *named(const char *name) {
    if (!strcmp(name, "scalar")) return &hk_table_scalar;
#if defined(__x86_64__)
    __builtin_cpu_init();
    int avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
    if (!strcmp(name, "avx2") && avx2) return &hk_table_avx2;
    if (!strcmp(name, "avx512") && avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vnni"))
        return &hk_table_avx512;
#elif defined(__aarch64__)
    if (!strcmp(name, "neon")) return &hk_table_neon;
#endif
    return NULL;
}

static const hk_table *choose(void) {
    const char *wanted = getenv("HEARSAY_FORCE_ISA");
    const hk_table *table = wanted ? named(wanted) : NULL;
    static const char *const preference[] = {"avx512", "avx2", "neon", "scalar"};
    for (int i = 0; !table && i < 4; i++) table = named(preference[i]);
    return table;
}

const hk_table *hk_active(void) {
    if (forced) return forced;
    const hk_table *table = atomic_load_explicit(&active, memory_order_acquire);
    if (table) return table;
    table = choose(); // two threads may both choose; they choose the same
    atomic_store_explicit(&active, table, memory_order_release);
    return table;
}

const char *hk_isa_name(void) { return hk_active()->name; }

int hk_isa_force(const char *name) {
    const hk_table *table = name ? named(name) : NULL;
    if (name && !table) return 0;
    forced = table;
    return 1;
}
