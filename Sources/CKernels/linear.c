// Products of activations with weight matrices, split over the threads of a pool.
#include "table.h"

enum {
    /// Up to so many rows a product reads the weight where it lies; above, packing the weight pays.
    FEW_ROWS = 48,
    /// Weight rows of one item of a product of many rows: two panels of the widest form.
    PANEL_ROWS = 64,
    /// Weight bytes of one item of a product of few rows.
    ITEM_BYTES = 96 * 1024,
    /// Rows that are quantised as one item.
    QUANTIZED_ROWS = 16,
};

static int64_t minimum(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t round_up(int64_t x, int64_t step) { return (x + step - 1) / step * step; }
static int64_t parts(int64_t x, int64_t size) { return (x + size - 1) / size; }

/// Products of the same activations with several matrices of as many columns.
typedef struct linear_job {
    const hk_table *table;
    hk_pool *pool;
    const hk_product *products;
    int64_t count;
    const float *x;
    int64_t ldx, m, columns;
    int flags;
    /// How a product of many rows is cut: blocks of rows of x.
    int64_t row_blocks, rows_per_block;
    /// Activations as bytes, and with 15 bits; the pointers are where they are written.
    hk_rows_i8 quantized, fine;
    int64_t stride;
    int8_t *values, *fine_values;
    float *scales, *fine_scales;
    int32_t *offsets, *block_sums, *fine_offsets;
} linear_job;

// --- Quantised activations --------------------------------------------------------------------------------------

static int reads_fine(const linear_job *job) { return job->m <= FEW_ROWS && !(job->flags & HK_COARSE); }

static void quantize_item(void *context, int item, int thread) {
    (void)thread;
    linear_job *job = context;
    int64_t first = (int64_t)item * QUANTIZED_ROWS;
    for (int64_t i = first; i < minimum(job->m, first + QUANTIZED_ROWS); i++) {
        const float *x = job->x + i * job->ldx;
        int64_t stride = job->stride;
        if (job->fine.values)
            job->table->quantize_row_fine(x, job->columns, stride, job->fine_values + 2 * i * stride,
                                          &job->fine_scales[i], &job->fine_offsets[2 * i]);
        if (!job->quantized.values) continue;
        int8_t *values = job->values + i * stride;
        job->table->quantize_row(x, job->columns, stride, values, &job->scales[i], &job->offsets[i]);
        for (int64_t block = 0; block < job->quantized.sums_stride; block++) {
            int32_t sum = 0;
            for (int k = 0; k < 32; k++) sum += values[block * 32 + k];
            job->block_sums[i * job->quantized.sums_stride + block] = sum;
        }
    }
}

/// Quantises the activations into the pool's shared scratch, as the products read them. One row or two cost memory
/// traffic alone, so that 15 bits are free there, and few rows can afford them; of many rows, 8 bits must do.
static void quantize_inputs(linear_job *job) {
    int whole = 0, fine = 0, in_blocks = 0;
    for (int64_t i = 0; i < job->count; i++) {
        hk_type type = job->products[i].w->type;
        whole |= type == HK_I8 && !reads_fine(job);
        fine |= type == HK_I8 && reads_fine(job);
        in_blocks |= type > HK_I8 && job->m <= FEW_ROWS;
    }
    if (!whole && !fine && !in_blocks) return;
    int64_t m = job->m, stride = job->stride = round_up(job->columns, 64), blocks = in_blocks ? job->columns / 32 : 0;
    int64_t plain_bytes = whole || in_blocks ? m * (stride + 4 * (2 + blocks)) : 0;
    int64_t fine_bytes = fine ? m * (2 * stride + 4 * 3) : 0;
    int8_t *memory = hk_pool_shared_scratch(job->pool, (size_t)(round_up(plain_bytes, 64) + fine_bytes));
    if (plain_bytes) {
        job->values = memory;
        job->scales = (float *)(memory + m * stride);
        job->offsets = (int32_t *)(job->scales + m);
        job->block_sums = job->offsets + m;
        job->quantized = (hk_rows_i8){job->values, stride, job->scales, job->offsets, 1, job->block_sums, blocks};
    }
    if (fine) {
        job->fine_values = memory + round_up(plain_bytes, 64);
        job->fine_scales = (float *)(job->fine_values + 2 * m * stride);
        job->fine_offsets = (int32_t *)(job->fine_scales + m);
        job->fine = (hk_rows_i8){job->fine_values, stride, job->fine_scales, job->fine_offsets, 2, NULL, 0};
    }
    hk_pool_fork(job->pool, (int)parts(m, QUANTIZED_ROWS), quantize_item, job);
}

// --- Few rows ---------------------------------------------------------------------------------------------------

/// Weight rows of one item.
static int64_t few_rows_share(const linear_job *job, const hk_matrix *w) {
    int64_t share = parts(w->rows, 4 * hk_pool_threads(job->pool));
    int64_t most = ITEM_BYTES / (w->row_bytes > 0 ? w->row_bytes : 1);
    return round_up(minimum(share, most) > 16 ? minimum(share, most) : 16, 4);
}

static int64_t few_rows_items(const linear_job *job, const hk_matrix *w) {
    return parts(w->rows, few_rows_share(job, w));
}

static void few_rows(const linear_job *job, const hk_product *product, int64_t item, int thread) {
    const hk_matrix *w = product->w;
    int64_t share = few_rows_share(job, w), n0 = item * share, n1 = minimum(w->rows, n0 + share);
    if (w->type == HK_I8) {
        const hk_rows_i8 *x = reads_fine(job) ? &job->fine : &job->quantized;
        job->table->dot_rows_i8(w, n0, n1, x, job->m, product->bias, job->flags, product->y, product->ldy);
    } else if (w->type > HK_I8) {
        float *scratch = hk_pool_scratch(job->pool, thread, (size_t)w->columns * sizeof(float));
        job->table->dot_rows_blocks(w, n0, n1, &job->quantized, job->m, product->bias, job->flags, scratch,
                                    product->y, product->ldy);
    } else {
        job->table->dot_rows(w, n0, n1, job->x, job->ldx, job->m, product->bias, job->flags, product->y, product->ldy);
    }
}

// --- Many rows --------------------------------------------------------------------------------------------------

static int64_t many_rows_items(const linear_job *job, const hk_matrix *w) {
    return parts(w->rows, PANEL_ROWS) * job->row_blocks;
}

static void many_rows(const linear_job *job, const hk_product *product, int64_t item, int thread) {
    const hk_matrix *w = product->w;
    int64_t n0 = item / job->row_blocks * PANEL_ROWS, n = minimum(PANEL_ROWS, w->rows - n0);
    int64_t m0 = item % job->row_blocks * job->rows_per_block, m = minimum(job->rows_per_block, job->m - m0);
    const float *bias = product->bias ? product->bias + n0 : NULL;
    float *y = product->y + m0 * product->ldy + n0;
    if (w->type == HK_I8) {
        uint8_t *panels = hk_pool_scratch(job->pool, thread, (size_t)(round_up(w->columns, 4) * PANEL_ROWS));
        job->table->pack_i8(w, n0, n, panels);
        job->table->gemm_i8(&job->quantized, m0, m, w->columns, panels, n, w->scales + n0, bias, job->flags, y,
                            product->ldy);
        return;
    }
    float *panels = hk_pool_scratch(job->pool, thread, (size_t)(w->columns * (PANEL_ROWS + HK_PACK_ROWS)) * sizeof(float));
    job->table->pack(w, n0, n, panels + w->columns * PANEL_ROWS, panels);
    job->table->gemm(job->x + m0 * job->ldx, job->ldx, m, w->columns, panels, n, bias, job->flags, y, product->ldy);
}

// ----------------------------------------------------------------------------------------------------------------

static int64_t items_of(const linear_job *job, const hk_matrix *w) {
    return job->m <= FEW_ROWS ? few_rows_items(job, w) : many_rows_items(job, w);
}

static void linear_item(void *context, int item, int thread) {
    const linear_job *job = context;
    const hk_product *product = job->products;
    int64_t local = item;
    for (int64_t items; local >= (items = items_of(job, product->w)); product++) local -= items;
    (job->m <= FEW_ROWS ? few_rows : many_rows)(job, product, local, thread);
}

/// Too few panels to share out evenly: split the rows of x too, though each part packs anew.
static void cut_rows(linear_job *job) {
    int64_t threads = hk_pool_threads(job->pool), panels = 0;
    for (int64_t i = 0; i < job->count; i++) panels += parts(job->products[i].w->rows, PANEL_ROWS);
    int64_t blocks = panels >= 3 * threads || threads == 1 ? 1 : minimum(threads, parts(job->m, 48));
    job->rows_per_block = round_up(parts(job->m, blocks), 12);
    job->row_blocks = parts(job->m, job->rows_per_block);
}

void hk_linear_group(hk_pool *pool, const hk_product *products, int64_t count, const float *x, int64_t ldx, int64_t m,
                     int flags) {
    if (m <= 0 || count <= 0) return;
    linear_job job = {.table = hk_active(), .pool = pool, .products = products, .count = count, .x = x, .ldx = ldx,
                      .m = m, .columns = products[0].w->columns, .flags = flags};
    hk_pool_enter(pool);
    quantize_inputs(&job);
    cut_rows(&job);
    int64_t items = 0;
    for (int64_t i = 0; i < count; i++) items += items_of(&job, products[i].w);
    hk_pool_fork(pool, (int)items, linear_item, &job);
    hk_pool_leave(pool);
}

void hk_linear(hk_pool *pool, const hk_matrix *w, const float *bias, const float *x, int64_t ldx, int64_t m,
               int flags, float *y, int64_t ldy) {
    hk_product product = {w, bias, y, ldy};
    hk_linear_group(pool, &product, 1, x, ldx, m, flags);
}
