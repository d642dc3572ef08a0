// How operations are split over the threads of a pool.
#include "table.h"

#include <math.h>
#include <string.h>

enum {
    /// Up to so many rows a product reads the weight where it lies; above, packing the weight pays.
    FEW_ROWS = 48,
    /// Weight rows of one item of a product of many rows: two panels of the widest form.
    PANEL_ROWS = 64,
    /// Weight bytes of one item of a product of few rows.
    ITEM_BYTES = 96 * 1024,
};

static int64_t minimum(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t round_up(int64_t x, int64_t step) { return (x + step - 1) / step * step; }

// --- Linear -----------------------------------------------------------------------------------------------------

typedef struct linear_job {
    const hk_table *table;
    hk_pool *pool;
    const hk_matrix *w;
    const float *bias, *x;
    float *y;
    int64_t ldx, ldy, m, rows_per_item, row_blocks, rows_per_block;
    int flags;
    hk_rows_i8 quantized;
    int8_t *values;
    float *scales;
    int32_t *offsets, *block_sums;
} linear_job;

static void quantize_item(void *context, int item, int thread) {
    (void)thread;
    linear_job *job = context;
    for (int64_t i = item * 16; i < minimum(job->m, item * 16 + 16); i++) {
        int8_t *values = job->values + i * job->quantized.stride;
        job->table->quantize_row(job->x + i * job->ldx, job->w->columns, job->quantized.stride, values,
                                 &job->scales[i], &job->offsets[i]);
        for (int64_t block = 0; block < job->quantized.sums_stride; block++) {
            int32_t sum = 0;
            for (int k = 0; k < 32; k++) sum += values[block * 32 + k];
            job->block_sums[i * job->quantized.sums_stride + block] = sum;
        }
    }
}

static void few_rows_item(void *context, int item, int thread) {
    linear_job *job = context;
    int64_t n0 = item * job->rows_per_item, n1 = minimum(job->w->rows, n0 + job->rows_per_item);
    if (job->w->type == HK_I8) {
        job->table->dot_rows_i8(job->w, n0, n1, &job->quantized, job->m, job->bias, job->flags, job->y, job->ldy);
    } else if (job->w->type > HK_I8) {
        float *scratch = hk_pool_scratch(job->pool, thread, (size_t)job->w->columns * sizeof(float));
        job->table->dot_rows_blocks(job->w, n0, n1, &job->quantized, job->m, job->bias, job->flags, scratch, job->y,
                                    job->ldy);
    } else {
        job->table->dot_rows(job->w, n0, n1, job->x, job->ldx, job->m, job->bias, job->flags, job->y, job->ldy);
    }
}

static void many_rows_item(void *context, int item, int thread) {
    linear_job *job = context;
    const hk_matrix *w = job->w;
    int64_t n0 = item / job->row_blocks * PANEL_ROWS, n = minimum(PANEL_ROWS, w->rows - n0);
    int64_t m0 = item % job->row_blocks * job->rows_per_block, m = minimum(job->rows_per_block, job->m - m0);
    const float *bias = job->bias ? job->bias + n0 : NULL;
    float *y = job->y + m0 * job->ldy + n0;
    if (w->type == HK_I8) {
        uint8_t *panels = hk_pool_scratch(job->pool, thread, (size_t)(round_up(w->columns, 4) * PANEL_ROWS));
        job->table->pack_i8(w, n0, n, panels);
        job->table->gemm_i8(&job->quantized, m0, m, w->columns, panels, n, w->scales + n0, bias, job->flags, y,
                            job->ldy);
        return;
    }
    float *panels = hk_pool_scratch(job->pool, thread, (size_t)(w->columns * (PANEL_ROWS + HK_PACK_ROWS)) * sizeof(float));
    job->table->pack(w, n0, n, panels + w->columns * PANEL_ROWS, panels);
    job->table->gemm(job->x + m0 * job->ldx, job->ldx, m, w->columns, panels, n, bias, job->flags, y, job->ldy);
}

/// Quantises the activations into the pool's shared scratch.
static void quantize_inputs(hk_pool *pool, linear_job *job) {
    int64_t stride = round_up(job->w->columns, 64), blocks = job->w->type > HK_I8 ? job->w->columns / 32 : 0;
    size_t values = (size_t)(job->m * stride), per_row = (size_t)job->m * sizeof(float);
    uint8_t *memory = hk_pool_shared_scratch(pool, values + per_row * (size_t)(2 + blocks));
    job->values = (int8_t *)memory;
    job->scales = (float *)(memory + values);
    job->offsets = (int32_t *)(memory + values + per_row);
    job->block_sums = (int32_t *)(memory + values + 2 * per_row);
    job->quantized = (hk_rows_i8){job->values, stride, job->scales, job->offsets, job->block_sums, blocks};
    hk_pool_fork(pool, (int)((job->m + 15) / 16), quantize_item, job);
}

void hk_linear(hk_pool *pool, const hk_matrix *w, const float *bias, const float *x, int64_t ldx, int64_t m,
               int flags, float *y, int64_t ldy) {
    if (m <= 0 || w->rows <= 0) return;
    linear_job job = {.table = hk_active(), .pool = pool, .w = w, .bias = bias, .x = x, .y = y, .ldx = ldx,
                      .ldy = ldy, .m = m, .flags = flags};
    hk_pool_enter(pool);
    if (w->type == HK_I8 || (w->type > HK_I8 && m <= FEW_ROWS)) quantize_inputs(pool, &job);
    int64_t threads = hk_pool_threads(pool);
    if (m <= FEW_ROWS) {
        int64_t share = (w->rows + 4 * threads - 1) / (4 * threads);
        int64_t most = ITEM_BYTES / (w->row_bytes > 0 ? w->row_bytes : 1);
        job.rows_per_item = round_up(minimum(share, most) > 16 ? minimum(share, most) : 16, 4);
        hk_pool_fork(pool, (int)((w->rows + job.rows_per_item - 1) / job.rows_per_item), few_rows_item, &job);
    } else {
        int64_t panels = (w->rows + PANEL_ROWS - 1) / PANEL_ROWS;
        // Too few panels to share out evenly: split the rows of x too, though each part packs anew.
        job.row_blocks = panels >= 3 * threads || threads == 1 ? 1 : minimum(threads, (m + 47) / 48);
        job.rows_per_block = round_up((m + job.row_blocks - 1) / job.row_blocks, 12);
        job.row_blocks = (m + job.rows_per_block - 1) / job.rows_per_block;
        hk_pool_fork(pool, (int)(panels * job.row_blocks), many_rows_item, &job);
    }
    hk_pool_leave(pool);
}

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

// --- Bidirectional attention ------------------------------------------------------------------------------------

typedef struct attention_job {
    const hk_table *table;
    hk_pool *pool;
    const float *q, *k, *v;
    float *workspace, *out;
    int64_t ld, positions, heads, width, ldo, key_size, value_size, blocks;
    float scale;
} attention_job;

/// Rows of queries that one item attends with: a register tile of every form divides or holds it.
enum { QUERY_ROWS = 12, ATTENTION_ROWS = 48 };

static int64_t key_panels_size(int64_t positions, int64_t width) { return round_up(positions, 32) * width; }
static int64_t value_panels_size(int64_t positions, int64_t width) { return positions * round_up(width, 32); }

int64_t hk_attention_workspace(int64_t positions, int64_t heads, int64_t width) {
    return heads * (key_panels_size(positions, width) + value_panels_size(positions, width));
}

static void attention_pack_item(void *context, int head, int thread) {
    (void)thread;
    attention_job *job = context;
    float *keys = job->workspace + head * (job->key_size + job->value_size);
    job->table->attention_pack(job->k + head * job->width, job->v + head * job->width, job->ld, job->positions,
                               job->width, keys, keys + job->key_size);
}

static void attention_item(void *context, int item, int thread) {
    attention_job *job = context;
    int64_t head = item / job->blocks, first = item % job->blocks * ATTENTION_ROWS;
    int64_t last = minimum(job->positions, first + ATTENTION_ROWS), padded = round_up(job->positions, 32);
    const float *keys = job->workspace + head * (job->key_size + job->value_size);
    float *scratch = hk_pool_scratch(job->pool, thread, (size_t)(QUERY_ROWS * padded) * sizeof(float));
    int64_t step = job->table->panel == 32 ? 12 : job->table->panel == 16 ? 6 : 8;
    for (int64_t row = first; row < last; row += step)
        job->table->attention_block(job->q + row * job->ld + head * job->width, job->ld, minimum(step, last - row),
                                    keys, keys + job->key_size, job->positions, job->width, job->scale, scratch,
                                    job->out + row * job->ldo + head * job->width, job->ldo);
}

void hk_attention(hk_pool *pool, const float *q, const float *k, const float *v, int64_t ld, int64_t positions,
                  int64_t heads, int64_t width, float scale, float *workspace, float *out, int64_t ldo) {
    attention_job job = {hk_active(), pool, q, k, v, workspace, out, ld, positions, heads, width, ldo,
                         key_panels_size(positions, width), value_panels_size(positions, width),
                         (positions + ATTENTION_ROWS - 1) / ATTENTION_ROWS, scale};
    hk_pool_enter(pool);
    hk_pool_fork(pool, (int)heads, attention_pack_item, &job);
    hk_pool_fork(pool, (int)(heads * job.blocks), attention_item, &job);
    hk_pool_leave(pool);
}

// --- Attention of the decoder -----------------------------------------------------------------------------------

int64_t hk_key_rows(int64_t positions) { return round_up(positions, HK_KEY_BLOCK); }

typedef struct store_job {
    const hk_table *table;
    const float *k, *v;
    int64_t ld, positions, width;
    hk_type type;
    uint8_t *keys, *values;
} store_job;

static void store_item(void *context, int head, int thread) {
    (void)thread;
    store_job *job = context;
    int64_t bytes = job->width * (job->type == HK_F16 ? 2 : 4);
    job->table->store_cross(job->k + head * job->width, job->v + head * job->width, job->ld, job->positions,
                            job->width, job->type, job->keys + head * hk_key_rows(job->positions) * bytes,
                            job->values + head * job->positions * bytes);
}

void hk_store_cross(hk_pool *pool, const float *k, const float *v, int64_t ld, int64_t positions, int64_t heads,
                    int64_t width, hk_type type, void *keys, void *values) {
    store_job job = {hk_active(), k, v, ld, positions, width, type, keys, values};
    hk_pool_run(pool, (int)heads, store_item, &job);
}

typedef struct cross_job {
    const hk_table *table;
    hk_pool *pool;
    const hk_cross_group *groups;
    const float *q;
    float *scores, *out;
    int64_t ldq, ldo, heads, width;
    hk_type type;
    float scale;
} cross_job;

enum { QUERY_TILE = 4 };

static void cross_item(void *context, int item, int thread) {
    cross_job *job = context;
    const hk_cross_group *group = &job->groups[item / job->heads];
    int64_t head = item % job->heads, width = job->width, positions = group->positions;
    int64_t bytes = width * (job->type == HK_F16 ? 2 : 4);
    const uint8_t *keys = (const uint8_t *)group->keys + head * hk_key_rows(positions) * bytes;
    const uint8_t *values = (const uint8_t *)group->values + head * positions * bytes;
    float *scratch =
        hk_pool_scratch(job->pool, thread, (size_t)(QUERY_TILE * hk_key_rows(positions)) * sizeof(float));
    for (int64_t first = 0; first < group->row_count; first += QUERY_TILE) {
        const float *q[QUERY_TILE];
        float *out[QUERY_TILE], *scores[QUERY_TILE];
        int64_t count = minimum(QUERY_TILE, group->row_count - first);
        for (int64_t i = 0; i < count; i++) {
            int64_t row = group->rows[first + i];
            q[i] = job->q + row * job->ldq + head * width;
            out[i] = job->out + row * job->ldo + head * width;
            scores[i] = job->scores ? job->scores + (head * group->row_count + first + i) * positions : NULL;
        }
        job->table->cross_attention(q, count, keys, values, job->type, positions, width, job->scale, scratch,
                                    job->scores ? scores : NULL, out);
    }
}

void hk_cross_attention(hk_pool *pool, const hk_cross_group *groups, int64_t group_count, hk_type type,
                        const float *q, int64_t ldq, int64_t heads, int64_t width, float scale, float *scores,
                        float *out, int64_t ldo) {
    cross_job job = {hk_active(), pool, groups, q, scores, out, ldq, ldo, heads, width, type, scale};
    hk_pool_run(pool, (int)(group_count * heads), cross_item, &job);
}

typedef struct self_job {
    const hk_table *table;
    hk_pool *pool;
    const float *q, *keys, *values;
    const int32_t *slots, *lengths;
    float *out;
    int64_t ldq, ld_cache, slot_stride, heads, width, ldo;
    float scale;
} self_job;

static void self_item(void *context, int row, int thread) {
    self_job *job = context;
    int64_t length = job->lengths[row];
    float *scratch = hk_pool_scratch(job->pool, thread, (size_t)length * sizeof(float));
    for (int64_t head = 0; head < job->heads; head++) {
        int64_t at = head * job->width;
        job->table->self_attention(job->q + row * job->ldq + at, job->keys + at, job->values + at, job->ld_cache,
                                   job->slots + row * job->slot_stride, length, job->width, job->scale, scratch,
                                   job->out + row * job->ldo + at);
    }
}

void hk_self_attention(hk_pool *pool, const float *q, int64_t ldq, int64_t rows, const float *keys,
                       const float *values, int64_t ld_cache, const int32_t *slots, int64_t slot_stride,
                       const int32_t *lengths, int64_t heads, int64_t width, float scale, float *out, int64_t ldo) {
    self_job job = {hk_active(), pool, q, keys, values, slots, lengths, out, ldq, ld_cache, slot_stride, heads,
                    width, ldo, scale};
    hk_pool_run(pool, (int)rows, self_item, &job);
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
