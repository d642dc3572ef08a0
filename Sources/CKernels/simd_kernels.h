// The vector forms, written once over compiler vectors and compiled once per instruction set by the file that
// includes this one. It defines before: HK_TABLE (the table's symbol), HK_NAME, VW (floats per vector), MR (rows of
// a register tile), DOT_ROWS × DOT_INPUTS (the tile of products of few rows), and the products of bytes and of 16-bit numbers
// (simd_products_int8.h, simd_attention_int8.h); after: horizontal_sum(vf) and block_products.
#include "table.h"

#include <math.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))
enum { PANEL = 2 * VW };

typedef float vf __attribute__((vector_size(4 * VW)));
typedef int32_t vi __attribute__((vector_size(4 * VW)));
typedef float vf_loose __attribute__((vector_size(4 * VW), aligned(1), may_alias));
typedef _Float16 vh __attribute__((vector_size(2 * VW)));
typedef _Float16 vh_loose __attribute__((vector_size(2 * VW), aligned(1), may_alias));
typedef uint16_t vu16 __attribute__((vector_size(2 * VW)));
typedef uint16_t vu16_loose __attribute__((vector_size(2 * VW), aligned(1), may_alias));
typedef int16_t vi16_loose __attribute__((vector_size(2 * VW), aligned(1), may_alias));
typedef int8_t vi8_loose __attribute__((vector_size(VW), aligned(1), may_alias));

typedef float quad __attribute__((vector_size(16)));
typedef float quad_loose __attribute__((vector_size(16), aligned(4), may_alias));

INLINE float horizontal_sum(vf x);
INLINE quad quad_totals(const vf x[4]);

INLINE vf load(const float *p) { return *(const vf_loose *)p; }
INLINE void store(float *p, vf x) { *(vf_loose *)p = x; }
INLINE vf splat(float x) { return x - (vf){}; }
INLINE vf larger(vf a, vf b) { return __builtin_elementwise_max(a, b); }
INLINE vf smaller(vf a, vf b) { return __builtin_elementwise_min(a, b); }

/// Element i… of a weight row, widened; `type` is a constant wherever this is inlined.
INLINE vf load_as(hk_type type, const void *row, int64_t i) {
    if (type == HK_F16) return __builtin_convertvector(*(const vh_loose *)((const uint16_t *)row + i), vf);
    if (type == HK_BF16) return (vf)(__builtin_convertvector(*(const vu16_loose *)((const uint16_t *)row + i), vi) << 16);
    if (type == HK_I8) return __builtin_convertvector(*(const vi8_loose *)((const int8_t *)row + i), vf);
    return load((const float *)row + i);
}

#include "simd_elementary.h"
#include "simd_products.h"
#include "simd_products_int8.h"
#include "simd_products_blocks.h"
#include "simd_rows.h"
#include "simd_depthwise.h"
#include "simd_attention.h"
#include "simd_attention_int8.h"
#include "simd_convolution.h"

const hk_table HK_TABLE = {
    .name = HK_NAME,
    .panel = PANEL,
    .pack = pack,
    .gemm = gemm,
    .convolve = convolve,
    .dot_rows = dot_rows,
    .quantize_row = quantize_row,
    .quantize_row_fine = quantize_row_fine,
    .pack_i8 = pack_i8,
    .gemm_i8 = gemm_i8,
    .dot_rows_i8 = dot_rows_i8,
    .dot_rows_blocks = dot_rows_blocks,
    .layer_norm = layer_norm,
    .depthwise = depthwise,
    .scale_add = scale_add,
    .attention_pack = attention_pack,
    .attention_block = attention_block,
    .attention_i8_pack = attention_i8_pack,
    .attention_i8_block = attention_i8_block,
    .store_cross = store_cross,
    .cross_attention = cross_attention,
    .self_attention = self_attention,
    .widen = widen,
    .maximum = maximum,
    .sum_exp = sum_exp,
    .dot = dot,
};
