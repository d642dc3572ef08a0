// The entry point of every target: hands one input to the target's `fuzzOneInput` and ends the run when that asks for
// a block of memory larger than INPUT_FACTOR × the input's size + FIXED_BYTES. In C, because nothing that allocates may
// run where allocations are counted.
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

void __sanitizer_print_stack_trace(void);
int fuzzOneInput(const uint8_t *start, ptrdiff_t count);
int LLVMFuzzerTestOneInput(const uint8_t *start, size_t count);
void __sanitizer_malloc_hook(const volatile void *block, size_t size);

// Of this thread only, so that libFuzzer's own do not count.
static _Thread_local size_t largest = SIZE_MAX;

// Called by the address sanitizer after each allocation.
void __sanitizer_malloc_hook(const volatile void *block, size_t size) {
    (void)block;
    if (size <= largest) return;
    size_t limit = largest;
    largest = SIZE_MAX;
    fprintf(stderr, "an allocation of %zu bytes where %zu are allowed\n", size, limit);
    __sanitizer_print_stack_trace();
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *start, size_t count) {
    largest = INPUT_FACTOR * count + FIXED_BYTES;
    int result = fuzzOneInput(start, (ptrdiff_t)count);
    largest = SIZE_MAX;
    return result;
}
