// Activations of convolutional networks, elementwise, written so that the compiler vectorises them.
#include "CKernels.h"
#include "scalar_elementary.h"

#include <math.h>

#define INLINE static inline __attribute__((always_inline))

enum { PIECE = 16384 };

static int64_t minimum(int64_t a, int64_t b) { return a < b ? a : b; }

/// Error function by the rational minimax form on [−4, 4] that linear-algebra libraries share (error < 4e-7).
INLINE float error_function(float x) {
    x = x > -4.0f ? x : -4.0f;
    x = x < 4.0f ? x : 4.0f;
    float s = x * x, p = -2.72614225801306e-10f, q = -1.45660718464996e-05f;
    p = p * s + 2.77068142495902e-08f;
    p = p * s + -2.10102402082508e-06f;
    p = p * s + -5.69250639462346e-05f;
    p = p * s + -7.34990630326855e-04f;
    p = p * s + -2.95459980854025e-03f;
    p = p * s + -1.60960333262415e-02f;
    q = q * s + -2.13374055278905e-04f;
    q = q * s + -1.68282697438203e-03f;
    q = q * s + -7.37332916720468e-03f;
    q = q * s + -1.42647390514189e-02f;
    return x * p / q;
}

typedef struct piece_job {
    const float *x;
    float *y;
    int64_t count, channels;
    float slope;
} piece_job;

HK_CLONES
static void leaky_relu(const float *x, int64_t count, float slope, float *y) {
    for (int64_t i = 0; i < count; i++) y[i] = x[i] > 0 ? x[i] : slope * x[i];
}

static void leaky_relu_item(void *context, int item, int thread) {
    (void)thread;
    const piece_job *job = context;
    int64_t first = (int64_t)item * PIECE;
    leaky_relu(job->x + first, minimum(PIECE, job->count - first), job->slope, job->y + first);
}

void hk_leaky_relu(hk_pool *pool, const float *x, int64_t count, float slope, float *y) {
    piece_job job = {x, y, count, 0, slope};
    hk_pool_run(pool, (int)((count + PIECE - 1) / PIECE), leaky_relu_item, &job);
}

HK_CLONES
static void gated_row(const float *restrict x, int64_t channels, float *restrict y) {
    for (int64_t i = 0; i < channels; i++) {
        // tanh a = 1 − 2 / (e^2a + 1), sigmoid b = 1 / (e^−b + 1)
        float a = 1.0f - 2.0f / (exponential_of(2.0f * x[i]) + 1.0f);
        y[i] = a / (exponential_of(-x[channels + i]) + 1.0f);
    }
}

enum { GATE_ROWS = 16 };

static void gated_item(void *context, int item, int thread) {
    (void)thread;
    const piece_job *job = context;
    int64_t first = (int64_t)item * GATE_ROWS, last = minimum(job->count, first + GATE_ROWS);
    for (int64_t row = first; row < last; row++)
        gated_row(job->x + row * 2 * job->channels, job->channels, job->y + row * job->channels);
}

void hk_gated_tanh(hk_pool *pool, const float *x, int64_t rows, int64_t channels, float *y) {
    piece_job job = {x, y, rows, channels, 0};
    hk_pool_run(pool, (int)((rows + GATE_ROWS - 1) / GATE_ROWS), gated_item, &job);
}

HK_CLONES
static void gelu_added(const float *restrict x, int64_t count, float *restrict y) {
    for (int64_t i = 0; i < count; i++) y[i] += 0.5f * x[i] * (1.0f + error_function(x[i] * 0.70710678f));
}

HK_CLONES
static void gelu_only(const float *x, int64_t count, float *y) {
    for (int64_t i = 0; i < count; i++) y[i] = 0.5f * x[i] * (1.0f + error_function(x[i] * 0.70710678f));
}

void hk_gelu(const float *x, int64_t count, int accumulate, float *y) {
    if (accumulate) gelu_added(x, count, y);
    else gelu_only(x, count, y);
}

HK_CLONES
static void exponentials(float *x, int64_t count, float largest) {
    for (int64_t i = 0; i < count; i++) x[i] = exponential_of(x[i] - largest);
}

HK_CLONES
static void scale(float *x, int64_t count, float factor) {
    for (int64_t i = 0; i < count; i++) x[i] *= factor;
}

void hk_softmax(float *x, int64_t rows, int64_t columns, int64_t ldx) {
    for (int64_t row = 0; row < rows; row++, x += ldx) {
        exponentials(x, columns, hk_maximum(x, columns));
        float sum = 0;
        for (int64_t i = 0; i < columns; i++) sum += x[i];
        scale(x, columns, 1.0f / sum);
    }
}
