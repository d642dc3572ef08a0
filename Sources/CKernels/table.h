// The functions that every instruction set provides. operations.c splits work over threads and calls these.
#pragma once
#include "CKernels.h"

/// Quantised activation rows: signed bytes, their scale, and what a product with the packed weights is too large by:
/// 128 · their sum where the weights are packed as unsigned bytes, else 0. Fine rows are two rows of bytes each, with
/// one scale: row i is HK_FINE · values[2i] + values[2i + 1].
typedef struct hk_rows_i8 {
    const int8_t *values; // [m, stride]
    int64_t stride;
    const float *scales;    // [m]
    const int32_t *offsets; // [m · parts]
    /// 2 for fine rows, else 1: values is [m · parts, stride].
    int parts;
    /// Sums of each 32 values, [m, sums_stride]; only for weights in ggml's blocks.
    const int32_t *block_sums;
    int64_t sums_stride;
} hk_rows_i8;

/// One head's keys as bytes and values as 16-bit numbers, in a form's own order. Keys have their mean over the
/// positions taken off, which changes no softmax, and then one scale per position; values have one per column.
typedef struct hk_head_i8 {
    uint8_t *keys;
    int16_t *values;
    float *key_scales, *value_scales, *key_means;
    float *row; // scratch: one row as floats, then as bytes
} hk_head_i8;

enum {
    /// What the upper byte of a fine activation counts: 15 bits, whose lower 7 make a signed byte from −64 to 63.
    HK_FINE = 128,
    /// Query rows of one item of attention: a multiple of every form's register tile.
    HK_ATTENTION_ROWS = 48,
    /// Positions whose weights are summed as whole numbers before they are added up as floats.
    HK_ATTENTION_CHUNK = 128,
    /// The largest weight of a chunk is 2^14 (and what the exponential errs by), the largest value 1023: 128 of their
    /// products stay below 2^31.
    HK_VALUE_LEVELS = 1023,
};
/// Bytes: quantised queries and sums of the rows; scores, weights of one register tile (at most 12 rows).
#define HK_ATTENTION_I8_SCRATCH(columns)                                                                              \
    (HK_ATTENTION_ROWS * ((columns) * 5 + 32 * 4) + 12 * HK_ATTENTION_CHUNK * 6 + 64 * 8)

/// Rows that are packed together; divides every panel.
enum { HK_PACK_ROWS = 4 };

typedef struct hk_table {
    const char *name;
    /// Columns of one packed panel.
    int64_t panel;

    /// Packs rows n0..<n0+n of w as ceil(n / panel) panels [columns, panel], zero-padded; scratch: HK_PACK_ROWS ·
    /// columns floats.
    void (*pack)(const hk_matrix *w, int64_t n0, int64_t n, float *scratch, float *panels);
    /// c[m, n] (+)= a · panels (+ bias); panels as packed.
    void (*gemm)(const float *a, int64_t lda, int64_t m, int64_t k, const float *panels, int64_t n,
                 const float *bias, int flags, float *c, int64_t ldc);
    /// c[m, min(n, panel)] for one panel: row i of a is `taps` runs of k floats, run t at i · lda + t · tap_stride.
    void (*convolve)(const float *a, int64_t lda, int64_t m, int64_t taps, int64_t tap_stride, int64_t k,
                     const float *panel, int64_t n, const float *bias, int flags, float *c, int64_t ldc);
    /// y[i, n0..<n1] for few rows m of x, straight from the weight's own layout (floats of any width).
    void (*dot_rows)(const hk_matrix *w, int64_t n0, int64_t n1, const float *x, int64_t ldx, int64_t m,
                     const float *bias, int flags, float *y, int64_t ldy);

    void (*quantize_row)(const float *x, int64_t count, int64_t padded, int8_t *out, float *scale, int32_t *offset);
    /// The same with 15 bits: out is [2, padded], upper bytes first, with an offset each.
    void (*quantize_row_fine)(const float *x, int64_t count, int64_t padded, int8_t *out, float *scale,
                              int32_t *offsets);
    /// Packs rows of an HK_I8 weight as [ceil(columns / 4), panel, 4] bytes, unsigned (value + 128) where that is what the form multiplies.
    void (*pack_i8)(const hk_matrix *w, int64_t n0, int64_t n, uint8_t *panels);
    void (*gemm_i8)(const hk_rows_i8 *a, int64_t m0, int64_t m, int64_t k, const uint8_t *panels, int64_t n,
                    const float *scales, const float *bias, int flags, float *c, int64_t ldc);
    /// y[i, n0..<n1] for few rows m of x, fine or not.
    void (*dot_rows_i8)(const hk_matrix *w, int64_t n0, int64_t n1, const hk_rows_i8 *x, int64_t m,
                        const float *bias, int flags, float *y, int64_t ldy);
    /// The same for ggml's blocks; row_scratch: columns floats.
    void (*dot_rows_blocks)(const hk_matrix *w, int64_t n0, int64_t n1, const hk_rows_i8 *x, int64_t m,
                            const float *bias, int flags, float *row_scratch, float *y, int64_t ldy);

    void (*layer_norm)(const float *x, int64_t rows, int64_t columns, const float *gain, const float *bias,
                       float epsilon, float *y);
    void (*depthwise)(const float *x, int64_t frames, int64_t channels, const float *w, int64_t taps,
                      int64_t dilation, const float *bias, float *y);
    void (*scale_add)(const float *x, int64_t rows, int64_t columns, const float *gain, float *y);

    /// Packs one head's keys [positions, width] as panels [width, panel] and its values as [positions, panel].
    void (*attention_pack)(const float *k, const float *v, int64_t ld, int64_t positions, int64_t width,
                           float *key_panels, float *value_panels);
    /// A block of queries against packed keys and values; scratch: rows · padded positions floats.
    void (*attention_block)(const float *q, int64_t ldq, int64_t rows, const float *key_panels,
                            const float *value_panels, int64_t positions, int64_t width, float scale,
                            float *scratch, float *out, int64_t ldo);

    /// The same in whole numbers: packing one head, and at most HK_ATTENTION_ROWS queries against it.
    void (*attention_i8_pack)(const float *k, const float *v, int64_t ld, int64_t positions, int64_t width,
                              const hk_head_i8 *head);
    void (*attention_i8_block)(const float *q, int64_t ldq, int64_t rows, const hk_head_i8 *head, int64_t positions,
                               int64_t width, float scale, void *scratch, float *out, int64_t ldo);

    void (*store_cross)(const float *k, const float *v, int64_t ld, int64_t positions, int64_t width, hk_type type,
                        void *keys, void *values);
    /// Up to 4 queries of one head; scratch: 4 · hk_key_rows(positions) floats; scores may be NULL.
    void (*cross_attention)(const float *const *q, int64_t queries, const void *keys, const void *values,
                            hk_type type, int64_t positions, int64_t width, float scale, float *scratch,
                            float *const *scores, float *const *out);
    void (*self_attention)(const float *q, const float *keys, const float *values, int64_t ld_cache,
                           const int32_t *slots, int64_t length, int64_t width, float scale, float *scratch,
                           float *out);

    void (*widen)(hk_type type, const void *row, float scale, int64_t first, int64_t count, float *out);
    float (*maximum)(const float *x, int64_t count);
    float (*sum_exp)(const float *x, int64_t count, float maximum);
    float (*dot)(const float *a, const float *b, int64_t count);
} hk_table;

extern const hk_table hk_table_scalar;
#if defined(__x86_64__)
extern const hk_table hk_table_avx2;
extern const hk_table hk_table_avx512;
#elif defined(__aarch64__)
extern const hk_table hk_table_neon;
#endif

/// The table in use.
const hk_table *hk_active(void);
/// An operation holds the pool from enter to leave, so that callers take turns; fork is hk_pool_run inside of it.
void hk_pool_enter(hk_pool *pool);
void hk_pool_leave(hk_pool *pool);
void hk_pool_fork(hk_pool *pool, int items, void (*body)(void *context, int item, int thread), void *context);
/// Scratch memory of one thread of a pool, at least `bytes`, 64-byte aligned; NULL when memory is out.
void *hk_pool_scratch(hk_pool *pool, int thread, size_t bytes);
/// Scratch memory shared by an operation's threads.
void *hk_pool_shared_scratch(hk_pool *pool, size_t bytes);
/// ggml block formats, shared by every table.
void hk_widen_blocks(hk_type type, const void *row, int64_t first, int64_t count, float *out);
