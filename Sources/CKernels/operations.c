// How operations are split over the threads of a pool.
#include "table.h"

#include <math.h>
#include <string.h>

static int64_t minimum(int64_t a, int64_t b) { return a < b ? a : b; }

// --- Layer normalisation ----------------------------------------------------------------------------------------

typedef struct norm_job {
    const hk_table *table;
    const float *x, *gain, *bias;
    float *y;
    int64_t rows, columns;
    float epsilon;
} norm_job;

enum { NORM_ROWS = 64 };

static void norm_item(void *context, int item, int thread) {
    (void)thread;
    norm_job *job = context;
    int64_t first = item * NORM_ROWS, at = first * job->columns;
    job->table->layer_norm(job->x + at, minimum(NORM_ROWS, job->rows - first), job->columns, job->gain, job->bias,
                           job->epsilon, job->y + at);
}

void hk_layer_norm(hk_pool *pool, const float *x, int64_t rows, int64_t columns, const float *gain,
                   const float *bias, float epsilon, float *y) {
    norm_job job = {hk_active(), x, gain, bias, y, rows, columns, epsilon};
    hk_pool_run(pool, (int)((rows + NORM_ROWS - 1) / NORM_ROWS), norm_item, &job);
}

// --- Depthwise convolution --------------------------------------------------------------------------------------

typedef struct depthwise_job {
    const hk_table *table;
    const float *x, *w, *bias;
    float *y;
    int64_t frames, channels, taps, dilation;
} depthwise_job;

static void depthwise_item(void *context, int item, int thread) {
    (void)thread;
    depthwise_job *job = context;
    int64_t first = (int64_t)item * NORM_ROWS, at = first * job->channels;
    job->table->depthwise(job->x + at, minimum(NORM_ROWS, job->frames - first), job->channels, job->w, job->taps,
                          job->dilation, job->bias, job->y + at);
}

void hk_depthwise(hk_pool *pool, const float *x, int64_t frames, int64_t channels, const float *w, int64_t taps,
                  int64_t dilation, const float *bias, float *y) {
    depthwise_job job = {hk_active(), x, w, bias, y, frames, channels, taps, dilation};
    hk_pool_run(pool, (int)((frames + NORM_ROWS - 1) / NORM_ROWS), depthwise_item, &job);
}

typedef struct scale_job {
    const hk_table *table;
    const float *x, *gain;
    float *y;
    int64_t rows, columns;
} scale_job;

static void scale_item(void *context, int item, int thread) {
    (void)thread;
    scale_job *job = context;
    int64_t first = (int64_t)item * NORM_ROWS, at = first * job->columns;
    job->table->scale_add(job->x + at, minimum(NORM_ROWS, job->rows - first), job->columns, job->gain, job->y + at);
}

void hk_scale_add(hk_pool *pool, const float *x, int64_t rows, int64_t columns, const float *gain, float *y) {
    scale_job job = {hk_active(), x, gain, y, rows, columns};
    hk_pool_run(pool, (int)((rows + NORM_ROWS - 1) / NORM_ROWS), scale_item, &job);
}

// --- Rows and reductions ----------------------------------------------------------------------------------------

void hk_widen(const hk_matrix *w, int64_t row, int64_t first, int64_t count, float *out) {
    hk_active()->widen(w->type, (const uint8_t *)w->data + row * w->row_bytes, w->scales ? w->scales[row] : 1, first,
                       count, out);
}

void hk_quantize_rows(const float *x, int64_t rows, int64_t columns, int8_t *out, float *scales) {
    for (int64_t row = 0; row < rows; row++) {
        int32_t offset;
        hk_active()->quantize_row(x + row * columns, columns, columns, out + row * columns, &scales[row], &offset);
    }
}

float hk_maximum(const float *x, int64_t count) { return hk_active()->maximum(x, count); }

int64_t hk_argmax(const float *x, int64_t count) {
    float largest = hk_maximum(x, count);
    for (int64_t i = 0; i < count; i++)
        if (x[i] == largest) return i;
    return count > 0 ? 0 : -1;
}

float hk_log_sum_exp(const float *x, int64_t count) {
    float largest = hk_maximum(x, count);
    return isfinite(largest) ? largest + logf(hk_active()->sum_exp(x, count, largest)) : largest;
}

float hk_dot(const float *a, const float *b, int64_t count) { return hk_active()->dot(a, b, count); }
