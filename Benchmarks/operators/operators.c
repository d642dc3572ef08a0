// The operators of one 30 s window of an int8 encoder, on one thread: the least processor time of several rounds, and
// the multiply-adds of a second, which an operator's floor (the processor's own peak) bounds.
#define _GNU_SOURCE
#include "CKernels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { POSITIONS = 1500, BINS = 80, WIDTH = 64 };

typedef struct shape {
    const char *name;
    int64_t state, layers;
} shape;

static double milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static float *numbers(int64_t count) {
    float *x = malloc((size_t)count * sizeof(float));
    for (int64_t i = 0; x && i < count; i++) x[i] = (float)(rand() % 2001 - 1000) / 1000;
    return x;
}

static hk_matrix bytes(int64_t rows, int64_t columns) {
    float *x = numbers(rows * columns), *scales = malloc((size_t)rows * sizeof(float));
    int8_t *values = malloc((size_t)(rows * columns));
    hk_quantize_rows(x, rows, columns, values, scales);
    free(x);
    return (hk_matrix){values, scales, rows, columns, columns, HK_I8};
}

static hk_matrix floats(int64_t rows, int64_t columns) {
    return (hk_matrix){numbers(rows * columns), NULL, rows, columns, columns * (int64_t)sizeof(float), HK_F32};
}

int main(int argc, char **argv) {
    static const shape shapes[] = {{"tiny", 384, 4}, {"base", 512, 6}, {"small", 768, 12}};
    shape chosen = shapes[0];
    for (int i = 0; i < 3; i++)
        if (argc > 1 && !strcmp(argv[1], shapes[i].name)) chosen = shapes[i];
    int rounds = argc > 2 ? atoi(argv[2]) : 7;
    int64_t state = chosen.state, inner = 4 * state, heads = state / WIDTH;
    hk_pool *pool = hk_pool_create(1);
    float *mel = numbers((2 * POSITIONS + 2) * BINS), *hidden = numbers((2 * POSITIONS + 2) * state);
    float *x = numbers(POSITIONS * state), *norm = numbers(POSITIONS * state), *wide = numbers(POSITIONS * inner);
    float *qkv = numbers(POSITIONS * 3 * state), *gain = numbers(inner), *bias = numbers(inner);
    float *workspace = malloc((size_t)hk_attention_workspace(POSITIONS, heads, WIDTH) * sizeof(float));
    void *packed = malloc((size_t)hk_attention_i8_workspace(POSITIONS, heads, WIDTH));
    hk_matrix conv1 = floats(state, 3 * BINS), conv2 = bytes(state, 3 * state), out = bytes(state, state);
    hk_matrix q = bytes(state, state), k = bytes(state, state), v = bytes(state, state);
    hk_matrix up = bytes(inner, state), down = bytes(state, inner);
    hk_product three[] = {
        {&q, bias, qkv, 3 * state}, {&k, NULL, qkv + state, 3 * state}, {&v, bias, qkv + 2 * state, 3 * state}};

    enum { OPERATORS = 9 };
    static const char *const names[OPERATORS] = {
        "convolution 1, f32", "convolution 2, int8", "layer norm", "queries, keys, values", "attention, whole numbers",
        "attention, f32 (for comparison)", "attention's output", "feed-forward, up and GELU", "feed-forward, down"};
    double least[OPERATORS], square = (double)POSITIONS * (double)(state * state) / 1e6;
    double attended = 2.0 * POSITIONS * POSITIONS * (double)state / 1e6;
    const double products[OPERATORS] = {2 * square * 3 * BINS / (double)state, 3 * square, 0, 3 * square, attended,
                                        attended, square, 4 * square, 4 * square};
    for (int i = 0; i < OPERATORS; i++) least[i] = 1e9;
    for (int round = 0; round < rounds; round++)
        for (int i = 0; i < OPERATORS; i++) {
            double begun = milliseconds();
            switch (i) {
            case 0: hk_linear(pool, &conv1, bias, mel, BINS, 2 * POSITIONS, HK_GELU, hidden + state, state); break;
            case 1: hk_linear(pool, &conv2, bias, hidden, 2 * state, POSITIONS, HK_GELU, norm, state); break;
            case 2: hk_layer_norm(pool, x, POSITIONS, state, gain, bias, 1e-5f, norm); break;
            case 3: hk_linear_group(pool, three, 3, norm, state, POSITIONS, 0); break;
            case 4:
                hk_attention_i8(pool, qkv, qkv + state, qkv + 2 * state, 3 * state, POSITIONS, heads, WIDTH, 0.125f,
                                packed, norm, state);
                break;
            case 5:
                hk_attention(pool, qkv, qkv + state, qkv + 2 * state, 3 * state, POSITIONS, heads, WIDTH, 0.125f,
                             workspace, norm, state);
                break;
            case 6: hk_linear(pool, &out, bias, norm, state, POSITIONS, 0, x, state); break;
            case 7: hk_linear(pool, &up, bias, norm, state, POSITIONS, HK_GELU, wide, inner); break;
            default: hk_linear(pool, &down, bias, wide, inner, POSITIONS, 0, x, state);
            }
            double taken = milliseconds() - begun;
            if (taken < least[i]) least[i] = taken;
        }
    printf("%s, %s, %lld layers\n", chosen.name, hk_isa_name(), (long long)chosen.layers);
    double total = 0;
    for (int i = 0; i < OPERATORS; i++) {
        double times = (double)(i < 2 ? 1 : i == 2 ? 2 * chosen.layers + 1 : chosen.layers), all = least[i] * times;
        if (i != 5) total += all;
        printf("%-32s %7.2f ms", names[i], all);
        if (products[i] > 0) printf("  %5.0f G multiply-adds a second", products[i] / least[i]);
        printf("\n");
    }
    printf("%-32s %7.2f ms\n", "together", total);
    return 0;
}
