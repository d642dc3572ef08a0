// The numeric kernels of hearsay: plain C, one table of functions per instruction set, chosen once at start.
//
// Conventions: matrices are row-major; "rows" of a weight are output features ([rows, columns] = [out, in], as
// PyTorch's nn.Linear stores them); sizes are in elements unless a name says bytes. No function allocates except
// hk_pool_create and the growth of a pool's scratch memory; none keeps a pointer that it was given.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "CKernelsConvolution.h"
#include "CKernelsSpectral.h"

#ifdef __cplusplus
extern "C" {
#endif

/// How the numbers of a weight matrix are stored.
typedef enum hk_type {
    HK_F32 = 0,
    HK_F16 = 1,
    HK_BF16 = 2,
    /// Signed bytes with one float scale per row.
    HK_I8 = 3,
    /// ggml's blocks of 32 values.
    HK_Q4_0 = 4,
    HK_Q4_1 = 5,
    HK_Q5_0 = 6,
    HK_Q5_1 = 7,
    HK_Q8_0 = 8,
} hk_type;

/// A weight matrix where it lies in its file. `data` need not be aligned.
typedef struct hk_matrix {
    const void *data;
    /// One scale per row for HK_I8, otherwise NULL.
    const float *scales;
    int64_t rows;
    int64_t columns;
    int64_t row_bytes;
    hk_type type;
} hk_matrix;

/// What hk_linear does with a product before it is stored.
enum {
    HK_GELU = 1,       ///< exact (erf) Gaussian error linear unit
    HK_ACCUMULATE = 2, ///< add to what the output holds (a residual connection)
    /// Not of the output: HK_I8 weights multiply few rows with 8 bits too, as they do many, in place of 15.
    HK_COARSE = 4,
};

/// A fixed set of threads; the caller of an operation is one of them.
typedef struct hk_pool hk_pool;

/// Threads including the caller's, at least 1. NULL when threads or memory can't be had.
hk_pool *hk_pool_create(int threads);
void hk_pool_destroy(hk_pool *pool);
int hk_pool_threads(const hk_pool *pool);
/// Processors in this process's affinity mask, at least 1.
int hk_available_processors(void);
/// Runs body(context, item, thread) for every item in 0..<items, on all threads; returns when all are done.
/// Callers take turns: an operation of another thread waits until this one is through. Not reentrant.
void hk_pool_run(hk_pool *pool, int items, void (*body)(void *context, int item, int thread), void *context);

/// The instruction set in use: "scalar", "avx2", "avx512" or "neon".
const char *hk_isa_name(void);
/// Chooses the instruction set of operations that the calling thread starts, for tests; 0 when this machine
/// lacks it. NULL returns to the process's own choice.
int hk_isa_force(const char *name);

/// y[m, rows] = x[m, columns] · wᵀ + bias, then flags. `bias` may be NULL. Zero rows of x are allowed.
void hk_linear(hk_pool *pool, const hk_matrix *w, const float *bias, const float *x, int64_t ldx, int64_t m,
               int flags, float *y, int64_t ldy);

/// One of several products of the same activations.
typedef struct hk_product {
    const hk_matrix *w;
    const float *bias;
    float *y;
    int64_t ldy;
} hk_product;

/// hk_linear for `count` matrices of as many columns at once: activations are quantised once, work is shared out once.
void hk_linear_group(hk_pool *pool, const hk_product *products, int64_t count, const float *x, int64_t ldx, int64_t m,
                     int flags);

/// y[row, :] = (x − mean) / √(variance + epsilon) · gain + bias for `rows` rows of `columns`.
void hk_layer_norm(hk_pool *pool, const float *x, int64_t rows, int64_t columns, const float *gain,
                   const float *bias, float epsilon, float *y);

/// Depthwise convolution of frames, without padding: y[t, c] = bias[c] + Σ_k w[k, c] · x[t + k · dilation, c].
/// x: [frames + (taps − 1) · dilation, channels]; w: [taps, channels]; y: [frames, channels], other memory than x;
/// bias may be NULL.
void hk_depthwise(hk_pool *pool, const float *x, int64_t frames, int64_t channels, const float *w, int64_t taps,
                  int64_t dilation, const float *bias, float *y);

/// y[row, :] += gain · x[row, :] for `rows` rows of `columns`: the scaled residual of a ConvNeXt block.
void hk_scale_add(hk_pool *pool, const float *x, int64_t rows, int64_t columns, const float *gain, float *y);

/// Bidirectional self-attention of one window: q, k, v are [positions, heads · width] with leading dimension ld;
/// out is [positions, heads · width]. The score matrix is never stored whole. `workspace` holds
/// hk_attention_workspace floats.
void hk_attention(hk_pool *pool, const float *q, const float *k, const float *v, int64_t ld, int64_t positions,
                  int64_t heads, int64_t width, float scale, float *workspace, float *out, int64_t ldo);
int64_t hk_attention_workspace(int64_t positions, int64_t heads, int64_t width);

/// The same in whole numbers: queries and keys as signed bytes with a scale per row, values with 11 bits, weights of
/// the softmax with 14; relative error of the output about 1 %. `workspace` holds hk_attention_i8_workspace bytes,
/// aligned as floats are.
void hk_attention_i8(hk_pool *pool, const float *q, const float *k, const float *v, int64_t ld, int64_t positions,
                     int64_t heads, int64_t width, float scale, void *workspace, float *out, int64_t ldo);
int64_t hk_attention_i8_workspace(int64_t positions, int64_t heads, int64_t width);

/// Cross-attention keys are kept in blocks of HK_KEY_BLOCK positions: [heads, blocks, width, HK_KEY_BLOCK].
#define HK_KEY_BLOCK 16

/// Writes keys and values [positions, heads · width] in the layout that hk_cross_attention reads; type is HK_F32
/// or HK_F16. keys holds heads · hk_key_rows(positions) · width elements, values heads · positions · width.
void hk_store_cross(hk_pool *pool, const float *k, const float *v, int64_t ld, int64_t positions, int64_t heads,
                    int64_t width, hk_type type, void *keys, void *values);
int64_t hk_key_rows(int64_t positions);

/// Queries rows[0..<row_count] of q attend to one window's stored keys and values.
typedef struct hk_cross_group {
    const void *keys;
    const void *values;
    const int32_t *rows;
    int64_t row_count;
    int64_t positions;
} hk_cross_group;

/// scores, when not NULL, receives scale · q·k of every query: [heads, rows of q, positions] (one group only).
void hk_cross_attention(hk_pool *pool, const hk_cross_group *groups, int64_t group_count, hk_type type,
                        const float *q, int64_t ldq, int64_t heads, int64_t width, float scale, float *scores,
                        float *out, int64_t ldo);

/// Causal attention over cached keys and values. Row r of q attends to lengths[r] positions; position p of row r
/// lies at cache row slots[r · slot_stride + p] of keys/values, each [cache rows, heads · width].
void hk_self_attention(hk_pool *pool, const float *q, int64_t ldq, int64_t rows, const float *keys,
                       const float *values, int64_t ld_cache, const int32_t *slots, int64_t slot_stride,
                       const int32_t *lengths, int64_t heads, int64_t width, float scale, float *out, int64_t ldo);

/// Widens `count` elements of row `row`, from column `first`, to float.
void hk_widen(const hk_matrix *w, int64_t row, int64_t first, int64_t count, float *out);
/// Quantises rows to signed bytes, scale = max|x| / 127.
void hk_quantize_rows(const float *x, int64_t rows, int64_t columns, int8_t *out, float *scales);

float hk_maximum(const float *x, int64_t count);
/// Index of the first maximum; −1 when count is 0.
int64_t hk_argmax(const float *x, int64_t count);
/// log Σ exp(x), −∞ for an empty or all −∞ range.
float hk_log_sum_exp(const float *x, int64_t count);
/// Sum over squared values, products, used by tests and the front end.
float hk_dot(const float *a, const float *b, int64_t count);

#ifdef __cplusplus
}
#endif
