// Dense convolution along time: filters packed once, and rows of frames shared out over the pool's threads.
#include "table.h"

#include <stdlib.h>
#include <string.h>

struct hk_filters {
    const hk_table *table;
    int64_t outputs, taps, inputs;
    float *bias;
    float *single; // the only filter as it was given, where there is only one and a panel would be mostly zeros
    float *panels; // ceil(outputs / panel) × [taps · inputs, panel], 64-byte aligned
};

static int64_t minimum(int64_t a, int64_t b) { return a < b ? a : b; }

static float *aligned(int64_t floats) {
    size_t bytes = ((size_t)floats * sizeof(float) + 63) / 64 * 64;
    return aligned_alloc(64, bytes ? bytes : 64);
}

hk_filters *hk_filters_create(const float *weights, const float *bias, int64_t outputs, int64_t taps, int64_t inputs) {
    const hk_table *table = hk_active();
    int64_t columns = taps * inputs, panels = (outputs + table->panel - 1) / table->panel;
    hk_filters *filters = calloc(1, sizeof *filters);
    if (!filters) return NULL;
    *filters = (hk_filters){table, outputs, taps, inputs, bias ? aligned(outputs) : NULL,
                            outputs == 1 ? aligned(columns) : NULL, aligned(panels * table->panel * columns)};
    float *row = aligned(HK_PACK_ROWS * columns);
    if (!row || !filters->panels || (outputs == 1 && !filters->single) || (bias && !filters->bias)) {
        free(row);
        hk_filters_destroy(filters);
        return NULL;
    }
    if (bias) memcpy(filters->bias, bias, (size_t)outputs * sizeof(float));
    if (filters->single) memcpy(filters->single, weights, (size_t)columns * sizeof(float));
    hk_matrix matrix = {weights, NULL, outputs, columns, columns * (int64_t)sizeof(float), HK_F32};
    table->pack(&matrix, 0, outputs, row, filters->panels);
    free(row);
    return filters;
}

void hk_filters_destroy(hk_filters *filters) {
    if (!filters) return;
    free(filters->bias);
    free(filters->single);
    free(filters->panels);
    free(filters);
}

typedef struct convolve_job {
    const hk_filters *filters;
    const float *x;
    float *y;
    int64_t rows, rows_per_item, row_blocks, dilation, ldy;
    int flags;
} convolve_job;

static void convolve_item(void *context, int item, int thread) {
    (void)thread;
    const convolve_job *job = context;
    const hk_filters *f = job->filters;
    int64_t panel = f->table->panel, n0 = item / job->row_blocks * panel;
    int64_t m0 = item % job->row_blocks * job->rows_per_item, m = minimum(job->rows_per_item, job->rows - m0);
    // Without dilation the taps of an output lie one behind the other: one long run.
    int dense = job->dilation == 1;
    if (f->single && dense && !(job->flags & HK_GELU)) {
        for (int64_t t = m0; t < m0 + m; t++) {
            float y = f->table->dot(job->x + t * f->inputs, f->single, f->taps * f->inputs);
            if (f->bias) y += f->bias[0];
            job->y[t * job->ldy] = job->flags & HK_ACCUMULATE ? job->y[t * job->ldy] + y : y;
        }
        return;
    }
    f->table->convolve(job->x + m0 * f->inputs, f->inputs, m, dense ? 1 : f->taps, job->dilation * f->inputs,
                       dense ? f->taps * f->inputs : f->inputs, f->panels + n0 * f->taps * f->inputs, f->outputs - n0,
                       f->bias ? f->bias + n0 : NULL, job->flags, job->y + m0 * job->ldy + n0, job->ldy);
}

/// Rows of one item: a multiple of every form's register tile, and few enough that their inputs stay in the cache.
enum { CONVOLVE_ROWS = 96 };

void hk_convolve(hk_pool *pool, const hk_filters *filters, const float *x, int64_t rows, int64_t dilation, int flags,
                 float *y, int64_t ldy) {
    if (rows <= 0) return;
    int64_t panels = (filters->outputs + filters->table->panel - 1) / filters->table->panel;
    int64_t threads = hk_pool_threads(pool);
    // One panel's filters are read once for each item: long items, yet enough of them to share out.
    int64_t per_item = threads == 1 ? rows : (rows * panels + 4 * threads - 1) / (4 * threads);
    per_item = (per_item + CONVOLVE_ROWS - 1) / CONVOLVE_ROWS * CONVOLVE_ROWS;
    convolve_job job = {filters, x, y, rows, per_item, (rows + per_item - 1) / per_item, dilation, ldy, flags};
    hk_pool_run(pool, (int)(panels * job.row_blocks), convolve_item, &job);
}
