// Attention: an encoder's and a decoder's, split over the threads of a pool.
#include "table.h"

static int64_t minimum(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t round_up(int64_t x, int64_t step) { return (x + step - 1) / step * step; }

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
enum { QUERY_ROWS = 12 };

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
    int64_t head = item / job->blocks, first = item % job->blocks * HK_ATTENTION_ROWS;
    int64_t last = minimum(job->positions, first + HK_ATTENTION_ROWS), padded = round_up(job->positions, 32);
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
                         (positions + HK_ATTENTION_ROWS - 1) / HK_ATTENTION_ROWS, scale};
    hk_pool_enter(pool);
    hk_pool_fork(pool, (int)heads, attention_pack_item, &job);
    hk_pool_fork(pool, (int)(heads * job.blocks), attention_item, &job);
    hk_pool_leave(pool);
}

// --- Bidirectional attention in whole numbers -------------------------------------------------------------------

/// Bytes of each part of a head's packed keys and values.
typedef struct head_sizes {
    int64_t keys, values, key_scales, columns, bytes;
} head_sizes;

static head_sizes sizes_of_head(int64_t positions, int64_t width) {
    int64_t padded = round_up(positions, 32), columns = round_up(width, 64);
    head_sizes sizes = {.keys = padded * columns, .values = padded * columns * (int64_t)sizeof(int16_t),
                        .key_scales = padded * (int64_t)sizeof(float), .columns = columns * (int64_t)sizeof(float)};
    sizes.bytes = sizes.keys + sizes.values + sizes.key_scales + 4 * sizes.columns;
    return sizes;
}

static hk_head_i8 head_at(uint8_t *memory, head_sizes sizes) {
    hk_head_i8 head = {.keys = memory, .values = (int16_t *)(memory + sizes.keys)};
    float *numbers = (float *)(memory + sizes.keys + sizes.values);
    head.key_scales = numbers;
    head.value_scales = numbers + sizes.key_scales / (int64_t)sizeof(float);
    head.key_means = head.value_scales + sizes.columns / (int64_t)sizeof(float);
    head.row = head.key_means + sizes.columns / (int64_t)sizeof(float);
    return head;
}

int64_t hk_attention_i8_workspace(int64_t positions, int64_t heads, int64_t width) {
    return heads * sizes_of_head(positions, width).bytes;
}

static void attention_i8_pack_item(void *context, int head, int thread) {
    (void)thread;
    attention_job *job = context;
    head_sizes sizes = sizes_of_head(job->positions, job->width);
    hk_head_i8 packed = head_at((uint8_t *)job->workspace + head * sizes.bytes, sizes);
    job->table->attention_i8_pack(job->k + head * job->width, job->v + head * job->width, job->ld, job->positions,
                                  job->width, &packed);
}

static void attention_i8_item(void *context, int item, int thread) {
    attention_job *job = context;
    int64_t head = item / job->blocks, row = item % job->blocks * HK_ATTENTION_ROWS;
    head_sizes sizes = sizes_of_head(job->positions, job->width);
    hk_head_i8 packed = head_at((uint8_t *)job->workspace + head * sizes.bytes, sizes);
    void *scratch = hk_pool_scratch(job->pool, thread, (size_t)HK_ATTENTION_I8_SCRATCH(round_up(job->width, 64)));
    job->table->attention_i8_block(job->q + row * job->ld + head * job->width, job->ld,
                                   minimum(HK_ATTENTION_ROWS, job->positions - row), &packed, job->positions,
                                   job->width, job->scale, scratch, job->out + row * job->ldo + head * job->width,
                                   job->ldo);
}

void hk_attention_i8(hk_pool *pool, const float *q, const float *k, const float *v, int64_t ld, int64_t positions,
                     int64_t heads, int64_t width, float scale, void *workspace, float *out, int64_t ldo) {
    attention_job job = {hk_active(), pool, q, k, v, workspace, out, ld, positions, heads, width, ldo, 0, 0,
                         (positions + HK_ATTENTION_ROWS - 1) / HK_ATTENTION_ROWS, scale};
    hk_pool_enter(pool);
    hk_pool_fork(pool, (int)heads, attention_i8_pack_item, &job);
    hk_pool_fork(pool, (int)(heads * job.blocks), attention_i8_item, &job);
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
