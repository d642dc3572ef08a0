// The vector forms, written once over compiler vectors and compiled once per instruction set by the file that
// includes this one. It defines before: HK_TABLE (the table's symbol), HK_NAME, VW (floats per vector), MR (rows of
// a register tile), DOT_ROWS × DOT_INPUTS (the tile of products of few rows), and the signed-byte products (see "int8"
// below); after: horizontal_sum(vf).
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
typedef int8_t vi8_loose __attribute__((vector_size(VW), aligned(1), may_alias));

INLINE float horizontal_sum(vf x);

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

// --- Elementary functions -------------------------------------------------------------------------------------

/// e^x for x ≤ 88, about 1 unit in the last place of a float, 0 below −87: Cody–Waite reduction, Taylor degree 6.
INLINE vf exponential(vf x) {
    x = larger(x, splat(-87.3f));
    vf shifted = x * 1.44269504f + 12582912.0f; // 1.5 · 2²³: the integer lands in the low bits
    vf n = shifted - 12582912.0f;
    vf r = x - n * 0.693359375f;
    r = r + n * 2.12194440e-4f;
    vf p = splat(1.0f / 720);
    p = p * r + 1.0f / 120;
    p = p * r + 1.0f / 24;
    p = p * r + 1.0f / 6;
    p = p * r + 0.5f;
    p = p * r + 1.0f;
    p = p * r + 1.0f;
    return (vf)((vi)p + ((vi)shifted << 23));
}

/// Error function by the rational minimax form on [−4, 4] that linear-algebra libraries share (error < 4e-7).
INLINE vf error_function(vf x) {
    x = smaller(larger(x, splat(-4.0f)), splat(4.0f));
    vf s = x * x;
    vf p = splat(-2.72614225801306e-10f);
    p = p * s + 2.77068142495902e-08f;
    p = p * s + -2.10102402082508e-06f;
    p = p * s + -5.69250639462346e-05f;
    p = p * s + -7.34990630326855e-04f;
    p = p * s + -2.95459980854025e-03f;
    p = p * s + -1.60960333262415e-02f;
    vf q = splat(-1.45660718464996e-05f);
    q = q * s + -2.13374055278905e-04f;
    q = q * s + -1.68282697438203e-03f;
    q = q * s + -7.37332916720468e-03f;
    q = q * s + -1.42647390514189e-02f;
    return x * p / q;
}

INLINE vf gelu(vf x) { return 0.5f * x * (1.0f + error_function(x * 0.70710678f)); }

INLINE vf finish(vf sum, vf bias, int flags, vf old) {
    vf y = sum + bias;
    if (flags & HK_GELU) y = gelu(y);
    if (flags & HK_ACCUMULATE) y += old;
    return y;
}

INLINE float finish_one(float sum, float bias, int flags, float old) {
    float y = sum + bias;
    if (flags & HK_GELU) y = gelu(splat(y))[0];
    return flags & HK_ACCUMULATE ? y + old : y;
}

// --- Widening and packing ---------------------------------------------------------------------------------------

INLINE void widen_as(hk_type type, const void *row, float scale, int64_t first, int64_t count, float *out) {
    int64_t i = 0;
    for (; i + VW <= count; i += VW)
        store(out + i, type == HK_I8 ? load_as(type, row, first + i) * scale : load_as(type, row, first + i));
    if (i < count) hk_table_scalar.widen(type, row, scale, first + i, count - i, out + i);
}

static void widen(hk_type type, const void *row, float scale, int64_t first, int64_t count, float *out) {
    switch (type) {
    case HK_F32: memcpy(out, (const float *)row + first, (size_t)count * sizeof(float)); break;
    case HK_F16: widen_as(HK_F16, row, scale, first, count, out); break;
    case HK_BF16: widen_as(HK_BF16, row, scale, first, count, out); break;
    case HK_I8: widen_as(HK_I8, row, scale, first, count, out); break;
    default: hk_widen_blocks(type, row, first, count, out);
    }
}

static void pack(const hk_matrix *w, int64_t n0, int64_t n, float *row, float *panels) {
    for (int64_t j = 0; j < (n + PANEL - 1) / PANEL * PANEL; j++) {
        float *panel = panels + j / PANEL * PANEL * w->columns + j % PANEL;
        if (j < n)
            widen(w->type, (const uint8_t *)w->data + (n0 + j) * w->row_bytes, w->scales ? w->scales[n0 + j] : 1, 0,
                  w->columns, row);
        else memset(row, 0, (size_t)w->columns * sizeof(float));
        for (int64_t k = 0; k < w->columns; k++) panel[k * PANEL] = row[k];
    }
}

// --- Products of many rows --------------------------------------------------------------------------------------

/// One register tile: `rows` × PANEL, rows a constant.
INLINE void tile(int rows, const float *a, int64_t lda, int64_t k, const float *panel, int64_t n, const float *bias,
                 int flags, float *c, int64_t ldc) {
    vf sums[MR][2];
    for (int i = 0; i < rows; i++) sums[i][0] = sums[i][1] = (vf){};
    for (int64_t x = 0; x < k; x++) {
        vf b0 = *(const vf_loose *)(panel + x * PANEL), b1 = *(const vf_loose *)(panel + x * PANEL + VW);
        for (int i = 0; i < rows; i++) {
            vf s = splat(a[i * lda + x]);
            sums[i][0] += s * b0;
            sums[i][1] += s * b1;
        }
    }
    if (n >= PANEL) {
        vf bias0 = bias ? load(bias) : (vf){}, bias1 = bias ? load(bias + VW) : (vf){};
        for (int i = 0; i < rows; i++) {
            float *y = c + i * ldc;
            store(y, finish(sums[i][0], bias0, flags, flags & HK_ACCUMULATE ? load(y) : (vf){}));
            store(y + VW, finish(sums[i][1], bias1, flags, flags & HK_ACCUMULATE ? load(y + VW) : (vf){}));
        }
        return;
    }
    for (int i = 0; i < rows; i++) {
        float row[PANEL];
        store(row, sums[i][0]);
        store(row + VW, sums[i][1]);
        for (int64_t j = 0; j < n; j++)
            c[i * ldc + j] = finish_one(row[j], bias ? bias[j] : 0, flags, c[i * ldc + j]);
    }
}

static void tile_rows(int64_t rows, const float *a, int64_t lda, int64_t k, const float *panel, int64_t n,
                      const float *bias, int flags, float *c, int64_t ldc) {
#define CASE(R)                                                                                                        \
    case R:                                                                                                            \
        if (R <= MR) tile(R <= MR ? R : MR, a, lda, k, panel, n, bias, flags, c, ldc);                                 \
        break;
    switch (rows) {
        CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12)
    }
#undef CASE
}

static void gemm(const float *a, int64_t lda, int64_t m, int64_t k, const float *panels, int64_t n, const float *bias,
                 int flags, float *c, int64_t ldc) {
    for (int64_t i = 0; i < m; i += MR)
        for (int64_t j = 0; j < n; j += PANEL)
            tile_rows(m - i < MR ? m - i : MR, a + i * lda, lda, k, panels + j * k, n - j, bias ? bias + j : NULL,
                      flags, c + i * ldc + j, ldc);
}

// --- Products of few rows ---------------------------------------------------------------------------------------

#define DOT_CASES                                                                                                      \
    CASE(DOT_ROWS, 1) CASE(DOT_ROWS, 2) CASE(DOT_ROWS, 3) CASE(DOT_ROWS, 4) CASE(DOT_ROWS, 5) CASE(DOT_ROWS, 6)        \
    CASE(1, 1) CASE(1, 2) CASE(1, 3) CASE(1, 4) CASE(1, 5) CASE(1, 6)

/// Inputs of the next tile when `left` are left: equal tiles, none of them nearly empty.
INLINE int even_share(int64_t left) {
    int64_t tiles = (left + DOT_INPUTS - 1) / DOT_INPUTS;
    return (int)((left + tiles - 1) / tiles);
}

/// Products of `rows` weight rows with `inputs` activations, both constants.
INLINE void dot_tile(hk_type type, int rows, int inputs, const uint8_t *w, int64_t row_bytes, int64_t k,
                     const float *x, int64_t ldx, float sums[DOT_ROWS][DOT_INPUTS]) {
    vf acc[DOT_ROWS][DOT_INPUTS];
    for (int r = 0; r < rows; r++)
        for (int i = 0; i < inputs; i++) acc[r][i] = (vf){};
    int64_t c = 0;
    for (; c + VW <= k; c += VW) {
        vf in[DOT_INPUTS];
        for (int i = 0; i < inputs; i++) in[i] = load(x + i * ldx + c);
        for (int r = 0; r < rows; r++) {
            vf weight = load_as(type, w + r * row_bytes, c);
            for (int i = 0; i < inputs; i++) acc[r][i] += weight * in[i];
        }
    }
    for (int r = 0; r < rows; r++)
        for (int i = 0; i < inputs; i++) sums[r][i] = horizontal_sum(acc[r][i]);
    for (; c < k; c++)
        for (int r = 0; r < rows; r++) {
            float weight;
            hk_table_scalar.widen(type, w + r * row_bytes, 1, c, 1, &weight);
            for (int i = 0; i < inputs; i++) sums[r][i] += weight * x[i * ldx + c];
        }
}

INLINE void dot_rows_as(hk_type type, const uint8_t *data, int64_t row_bytes, int64_t k, int64_t n0, int64_t n1,
                        const float *x, int64_t ldx, int64_t m, const float *bias, int flags, float *y, int64_t ldy) {
    for (int64_t n = n0; n < n1;) {
        int rows = n1 - n >= DOT_ROWS ? DOT_ROWS : 1;
        const uint8_t *w = data + n * row_bytes;
        // The rows that come next: the hardware's own prefetch loses its way at each row's end.
        if (n + 2 * DOT_ROWS <= n1)
            for (int64_t byte = 0; byte < DOT_ROWS * row_bytes; byte += 64)
                __builtin_prefetch(w + DOT_ROWS * row_bytes + byte, 0, 3);
        for (int64_t i = 0; i < m;) {
            int inputs = even_share(m - i);
            float sums[DOT_ROWS][DOT_INPUTS];
            const float *in = x + i * ldx;
#define CASE(R, I)                                                                                                     \
    if (I <= DOT_INPUTS && rows == R && inputs == I) dot_tile(type, R, I, w, row_bytes, k, in, ldx, sums);
            DOT_CASES
#undef CASE
            for (int r = 0; r < rows; r++)
                for (int j = 0; j < inputs; j++) {
                    float *out = y + (i + j) * ldy + n + r;
                    *out = finish_one(sums[r][j], bias ? bias[n + r] : 0, flags, *out);
                }
            i += inputs;
        }
        n += rows;
    }
}

static void dot_rows(const hk_matrix *w, int64_t n0, int64_t n1, const float *x, int64_t ldx, int64_t m,
                     const float *bias, int flags, float *row_scratch, float *y, int64_t ldy) {
    const uint8_t *data = w->data;
    switch (w->type) {
    case HK_F32: dot_rows_as(HK_F32, data, w->row_bytes, w->columns, n0, n1, x, ldx, m, bias, flags, y, ldy); break;
    case HK_F16: dot_rows_as(HK_F16, data, w->row_bytes, w->columns, n0, n1, x, ldx, m, bias, flags, y, ldy); break;
    case HK_BF16: dot_rows_as(HK_BF16, data, w->row_bytes, w->columns, n0, n1, x, ldx, m, bias, flags, y, ldy); break;
    default:
        for (int64_t n = n0; n < n1; n++) {
            widen(w->type, data + n * w->row_bytes, w->scales ? w->scales[n] : 1, 0, w->columns, row_scratch);
            dot_rows_as(HK_F32, (const uint8_t *)row_scratch, 0, w->columns, 0, 1, x, ldx, m, bias ? bias + n : NULL,
                        flags, y + n, ldy);
        }
    }
}

// --- int8 -------------------------------------------------------------------------------------------------------
// Weights are read as unsigned bytes (value + 128) because that is what the processors multiply with signed bytes;
// Σ (w + 128) · a = Σ w · a + 128 · Σ a, and 128 · Σ a is known per activation row.
//
// The including file provides, for groups of 4 bytes: typedef vb (a vector of VW groups),
//   vb byte_load(const void *); vb byte_splat(const int8_t *group); vb byte_flip(vb) (value + 128);
//   vi byte_dot(vi sums, vb unsigned_bytes, vb signed_bytes); int32_t byte_total(vi).

static void quantize_row(const float *x, int64_t count, int64_t padded, int8_t *out, float *scale, int32_t *offset) {
    vf most = (vf){};
    int64_t i = 0;
    for (; i + VW <= count; i += VW) most = larger(most, __builtin_elementwise_abs(load(x + i)));
    float largest = __builtin_reduce_max(most);
    for (; i < count; i++) largest = fmaxf(largest, fabsf(x[i]));
    float inverse = largest > 0 ? 127.0f / largest : 0;
    vi total = (vi){};
    for (i = 0; i + VW <= count; i += VW) {
        // Adding 1.5 · 2²³ rounds to nearest even and leaves the integer in the low bits.
        vi rounded = (vi)(load(x + i) * inverse + 12582912.0f) - 0x4b400000;
        total += rounded;
        *(vi8_loose *)(out + i) = __builtin_convertvector(rounded, vi8_loose);
    }
    int32_t sum = __builtin_reduce_add(total);
    for (; i < padded; i++) {
        out[i] = i < count ? (int8_t)rintf(x[i] * inverse) : 0;
        sum += out[i];
    }
    *scale = largest / 127.0f;
    *offset = 128 * sum;
}

static void pack_i8(const hk_matrix *w, int64_t n0, int64_t n, uint8_t *panels) {
    int64_t groups = (w->columns + 3) / 4, whole = w->columns / 4;
    for (int64_t j = 0; j < (n + PANEL - 1) / PANEL * PANEL; j++) {
        uint32_t *panel = (uint32_t *)(panels + j / PANEL * PANEL * groups * 4) + j % PANEL;
        const uint8_t *row = (const uint8_t *)w->data + (n0 + j) * w->row_bytes;
        for (int64_t g = 0; g < groups; g++) {
            uint32_t four = 0;
            if (j < n) memcpy(&four, row + 4 * g, g < whole ? 4 : (size_t)(w->columns - 4 * whole));
            panel[g * PANEL] = four ^ 0x80808080u;
        }
    }
}

INLINE void tile_i8(int rows, const hk_rows_i8 *a, int64_t m0, int64_t groups, const uint8_t *panel, int64_t n,
                    const float *scales, const float *bias, int flags, float *c, int64_t ldc) {
    vi sums[MR][2];
    const int8_t *values = a->values + m0 * a->stride;
    for (int i = 0; i < rows; i++) sums[i][0] = sums[i][1] = (vi){};
    for (int64_t g = 0; g < groups; g++) {
        vb b0 = byte_load(panel + g * PANEL * 4), b1 = byte_load(panel + g * PANEL * 4 + VW * 4);
        for (int i = 0; i < rows; i++) {
            vb s = byte_splat(values + i * a->stride + g * 4);
            sums[i][0] = byte_dot(sums[i][0], b0, s);
            sums[i][1] = byte_dot(sums[i][1], b1, s);
        }
    }
    float column_scales[PANEL] = {0}, column_bias[PANEL] = {0};
    int64_t width = n < PANEL ? n : PANEL;
    memcpy(column_scales, scales, (size_t)width * sizeof(float));
    if (bias) memcpy(column_bias, bias, (size_t)width * sizeof(float));
    for (int i = 0; i < rows; i++) {
        float *y = c + i * ldc, row[PANEL] = {0};
        if (flags & HK_ACCUMULATE) memcpy(row, y, (size_t)width * sizeof(float));
        for (int h = 0; h < 2; h++) {
            vf product = __builtin_convertvector(sums[i][h] - a->offsets[m0 + i], vf);
            vf y0 = finish(product * (load(column_scales + h * VW) * a->scales[m0 + i]), load(column_bias + h * VW),
                           flags, load(row + h * VW));
            store(row + h * VW, y0);
        }
        memcpy(y, row, (size_t)width * sizeof(float));
    }
}

static void gemm_i8(const hk_rows_i8 *a, int64_t m0, int64_t m, int64_t k, const uint8_t *panels, int64_t n,
                    const float *scales, const float *bias, int flags, float *c, int64_t ldc) {
    int64_t groups = (k + 3) / 4;
    for (int64_t i = 0; i < m; i += MR)
        for (int64_t j = 0; j < n; j += PANEL) {
            const uint8_t *panel = panels + j * groups * 4;
            const float *b = bias ? bias + j : NULL;
            float *out = c + i * ldc + j;
#define CASE(R)                                                                                                        \
    case R:                                                                                                            \
        if (R <= MR) tile_i8(R <= MR ? R : MR, a, m0 + i, groups, panel, n - j, scales + j, b, flags, out, ldc);       \
        break;
            switch (m - i < MR ? m - i : MR) {
                CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12)
            }
#undef CASE
        }
}

INLINE void dot_tile_i8(int rows, int inputs, const uint8_t *w, int64_t row_bytes, int64_t k, const int8_t *x,
                        int64_t ldx, int32_t sums[DOT_ROWS][DOT_INPUTS]) {
    vi acc[DOT_ROWS][DOT_INPUTS];
    for (int r = 0; r < rows; r++)
        for (int i = 0; i < inputs; i++) acc[r][i] = (vi){};
    int64_t c = 0;
    for (; c + 4 * VW <= k; c += 4 * VW) {
        vb in[DOT_INPUTS];
        for (int i = 0; i < inputs; i++) in[i] = byte_load(x + i * ldx + c);
        for (int r = 0; r < rows; r++) {
            vb weight = byte_flip(byte_load(w + r * row_bytes + c));
            for (int i = 0; i < inputs; i++) acc[r][i] = byte_dot(acc[r][i], weight, in[i]);
        }
    }
    for (int r = 0; r < rows; r++)
        for (int i = 0; i < inputs; i++) {
            sums[r][i] = byte_total(acc[r][i]);
            for (int64_t t = c; t < k; t++) sums[r][i] += ((int32_t)(int8_t)w[r * row_bytes + t] + 128) * x[i * ldx + t];
        }
}

static void dot_rows_i8(const hk_matrix *w, int64_t n0, int64_t n1, const hk_rows_i8 *x, int64_t m, const float *bias,
                        int flags, float *y, int64_t ldy) {
    int64_t row_bytes = w->row_bytes, k = w->columns;
    for (int64_t n = n0; n < n1;) {
        int rows = n1 - n >= DOT_ROWS ? DOT_ROWS : 1;
        const uint8_t *data = (const uint8_t *)w->data + n * row_bytes;
        if (n + 2 * DOT_ROWS <= n1)
            for (int64_t byte = 0; byte < DOT_ROWS * row_bytes; byte += 64)
                __builtin_prefetch(data + DOT_ROWS * row_bytes + byte, 0, 3);
        for (int64_t i = 0; i < m;) {
            int inputs = even_share(m - i);
            int32_t sums[DOT_ROWS][DOT_INPUTS];
            const int8_t *in = x->values + i * x->stride;
#define CASE(R, I)                                                                                                     \
    if (I <= DOT_INPUTS && rows == R && inputs == I) dot_tile_i8(R, I, data, row_bytes, k, in, x->stride, sums);
            DOT_CASES
#undef CASE
            for (int r = 0; r < rows; r++)
                for (int j = 0; j < inputs; j++) {
                    float *out = y + (i + j) * ldy + n + r;
                    float product = (float)(sums[r][j] - x->offsets[i + j]) * (x->scales[i + j] * w->scales[n + r]);
                    *out = finish_one(product, bias ? bias[n + r] : 0, flags, *out);
                }
            i += inputs;
        }
        n += rows;
    }
}

// --- Normalisation and attention --------------------------------------------------------------------------------

static void layer_norm(const float *x, int64_t rows, int64_t columns, const float *gain, const float *bias,
                       float epsilon, float *y) {
    int64_t whole = columns / VW * VW;
    for (int64_t r = 0; r < rows; r++, x += columns, y += columns) {
        vf sum = (vf){}, squares = (vf){};
        for (int64_t i = 0; i < whole; i += VW) sum += load(x + i);
        float mean = horizontal_sum(sum), variance = 0;
        for (int64_t i = whole; i < columns; i++) mean += x[i];
        mean /= (float)columns;
        for (int64_t i = 0; i < whole; i += VW) {
            vf d = load(x + i) - mean;
            squares += d * d;
        }
        variance = horizontal_sum(squares);
        for (int64_t i = whole; i < columns; i++) variance += (x[i] - mean) * (x[i] - mean);
        float inverse = 1 / sqrtf(variance / (float)columns + epsilon);
        for (int64_t i = 0; i < whole; i += VW)
            store(y + i, (load(x + i) - mean) * inverse * load(gain + i) + load(bias + i));
        for (int64_t i = whole; i < columns; i++) y[i] = (x[i] - mean) * inverse * gain[i] + bias[i];
    }
}

static float maximum(const float *x, int64_t count) {
    vf most = splat(-INFINITY);
    int64_t i = 0;
    for (; i + VW <= count; i += VW) most = larger(most, load(x + i));
    float largest = __builtin_reduce_max(most);
    for (; i < count; i++) largest = fmaxf(largest, x[i]);
    return largest;
}

/// Turns scores into exp(scale · (score − maximum)) and returns their sum; scale is positive.
static float exponentiate(float *scores, int64_t count, float scale) {
    float largest = maximum(scores, count);
    vf sum = (vf){};
    int64_t i = 0;
    for (; i + VW <= count; i += VW) {
        vf e = exponential((load(scores + i) - largest) * scale);
        sum += e;
        store(scores + i, e);
    }
    float total = horizontal_sum(sum);
    for (; i < count; i++) total += scores[i] = expf(scale * (scores[i] - largest));
    return total;
}

static float sum_exp(const float *x, int64_t count, float largest) {
    vf sums[2] = {(vf){}, (vf){}};
    int64_t i = 0;
    for (; i + 2 * VW <= count; i += 2 * VW) {
        sums[0] += exponential(load(x + i) - largest);
        sums[1] += exponential(load(x + i + VW) - largest);
    }
    float total = horizontal_sum(sums[0] + sums[1]);
    for (; i < count; i++) total += expf(x[i] - largest);
    return total;
}

static float dot(const float *a, const float *b, int64_t count) {
    vf sums[4] = {(vf){}, (vf){}, (vf){}, (vf){}};
    int64_t i = 0;
    for (; i + 4 * VW <= count; i += 4 * VW)
        for (int j = 0; j < 4; j++) sums[j] += load(a + i + j * VW) * load(b + i + j * VW);
    float total = horizontal_sum((sums[0] + sums[1]) + (sums[2] + sums[3]));
    for (; i < count; i++) total += a[i] * b[i];
    return total;
}

static void attention_pack(const float *k, const float *v, int64_t ld, int64_t positions, int64_t width,
                           float *key_panels, float *value_panels) {
    for (int64_t p = 0; p < (positions + PANEL - 1) / PANEL * PANEL; p++) {
        float *panel = key_panels + p / PANEL * width * PANEL + p % PANEL;
        for (int64_t d = 0; d < width; d++) panel[d * PANEL] = p < positions ? k[p * ld + d] : 0;
    }
    for (int64_t p = 0; p < positions; p++)
        for (int64_t d = 0; d < width; d += PANEL) {
            float *panel = value_panels + (d / PANEL * positions + p) * PANEL;
            int64_t take = width - d < PANEL ? width - d : PANEL;
            memcpy(panel, v + p * ld + d, (size_t)take * sizeof(float));
            if (take < PANEL) memset(panel + take, 0, (size_t)(PANEL - take) * sizeof(float));
        }
}

static void attention_block(const float *q, int64_t ldq, int64_t rows, const float *key_panels,
                            const float *value_panels, int64_t positions, int64_t width, float scale, float *scratch,
                            float *out, int64_t ldo) {
    int64_t ld = (positions + PANEL - 1) / PANEL * PANEL;
    for (int64_t p = 0; p < positions; p += PANEL)
        tile_rows(rows, q, ldq, width, key_panels + p * width, positions - p, NULL, 0, scratch + p, ld);
    float inverses[MR];
    for (int64_t r = 0; r < rows; r++) inverses[r] = 1 / exponentiate(scratch + r * ld, positions, scale);
    for (int64_t d = 0; d < width; d += PANEL)
        tile_rows(rows, scratch, ld, positions, value_panels + d * positions, width - d, NULL, 0, out + d, ldo);
    for (int64_t r = 0; r < rows; r++)
        for (int64_t d = 0; d < width; d++) out[r * ldo + d] *= inverses[r];
}

static void store_cross(const float *k, const float *v, int64_t ld, int64_t positions, int64_t width, hk_type type,
                        void *keys, void *values) {
    for (int64_t p = 0; p < hk_key_rows(positions); p++) {
        int64_t at = p / HK_KEY_BLOCK * width * HK_KEY_BLOCK + p % HK_KEY_BLOCK;
        for (int64_t d = 0; d < width; d++) {
            float key = p < positions ? k[p * ld + d] : 0;
            if (type == HK_F32) ((float *)keys)[at + d * HK_KEY_BLOCK] = key;
            else ((_Float16 *)keys)[at + d * HK_KEY_BLOCK] = (_Float16)key;
        }
        if (p >= positions) continue;
        if (type == HK_F32) memcpy((float *)values + p * width, v + p * ld, (size_t)width * sizeof(float));
        else
            for (int64_t d = 0; d < width; d++) ((_Float16 *)values)[p * width + d] = (_Float16)v[p * ld + d];
    }
}

enum { QUERIES = 4, KEY_VECTORS = HK_KEY_BLOCK / VW };

INLINE void cross_scores(hk_type type, int queries, const float *const *q, const void *keys, int64_t positions,
                         int64_t width, float *scores, int64_t ld) {
    for (int64_t block = 0; block * HK_KEY_BLOCK < positions; block++) {
        vf sums[QUERIES][KEY_VECTORS];
        for (int i = 0; i < queries; i++)
            for (int h = 0; h < KEY_VECTORS; h++) sums[i][h] = (vf){};
        for (int64_t d = 0; d < width; d++)
            for (int h = 0; h < KEY_VECTORS; h++) {
                vf key = load_as(type, keys, (block * width + d) * HK_KEY_BLOCK + h * VW);
                for (int i = 0; i < queries; i++) sums[i][h] += key * q[i][d];
            }
        for (int i = 0; i < queries; i++)
            for (int h = 0; h < KEY_VECTORS; h++) store(scores + i * ld + block * HK_KEY_BLOCK + h * VW, sums[i][h]);
    }
}

/// Σ weight · value, for VALUE_VECTORS vectors of the head at a time.
enum { VALUE_VECTORS = 4 };

INLINE void cross_values(hk_type type, int queries, int vectors, const float *weights, int64_t ld, const void *values,
                         int64_t positions, int64_t width, int64_t d, const float *inverses, float *const *out) {
    vf sums[QUERIES][VALUE_VECTORS];
    for (int i = 0; i < queries; i++)
        for (int h = 0; h < vectors; h++) sums[i][h] = (vf){};
    for (int64_t p = 0; p < positions; p++)
        for (int h = 0; h < vectors; h++) {
            vf value = load_as(type, values, p * width + d + h * VW);
            for (int i = 0; i < queries; i++) sums[i][h] += value * weights[i * ld + p];
        }
    for (int i = 0; i < queries; i++)
        for (int h = 0; h < vectors; h++) store(out[i] + d + h * VW, sums[i][h] * inverses[i]);
}

INLINE void cross_as(hk_type type, int queries, const float *const *q, const void *keys, const void *values,
                     int64_t positions, int64_t width, float scale, float *scratch, float *const *scores,
                     float *const *out) {
    int64_t ld = hk_key_rows(positions);
    cross_scores(type, queries, q, keys, positions, width, scratch, ld);
    float inverses[QUERIES];
    for (int i = 0; i < queries; i++) {
        if (scores)
            for (int64_t p = 0; p < positions; p++) scores[i][p] = scale * scratch[i * ld + p];
        inverses[i] = 1 / exponentiate(scratch + i * ld, positions, scale);
    }
    int64_t d = 0;
    for (; d + VALUE_VECTORS * VW <= width; d += VALUE_VECTORS * VW)
        cross_values(type, queries, VALUE_VECTORS, scratch, ld, values, positions, width, d, inverses, out);
    for (; d + VW <= width; d += VW)
        cross_values(type, queries, 1, scratch, ld, values, positions, width, d, inverses, out);
    for (; d < width; d++)
        for (int i = 0; i < queries; i++) {
            float sum = 0, value;
            for (int64_t p = 0; p < positions; p++) {
                hk_table_scalar.widen(type, values, 1, p * width + d, 1, &value);
                sum += scratch[i * ld + p] * value;
            }
            out[i][d] = sum * inverses[i];
        }
}

static void cross_attention(const float *const *q, int64_t queries, const void *keys, const void *values, hk_type type,
                            int64_t positions, int64_t width, float scale, float *scratch, float *const *scores,
                            float *const *out) {
#define CASE(T, Q)                                                                                                     \
    if (type == T && queries == Q) cross_as(T, Q, q, keys, values, positions, width, scale, scratch, scores, out);
    CASE(HK_F16, 1) CASE(HK_F16, 2) CASE(HK_F16, 3) CASE(HK_F16, 4)
    CASE(HK_F32, 1) CASE(HK_F32, 2) CASE(HK_F32, 3) CASE(HK_F32, 4)
#undef CASE
}

static void self_attention(const float *q, const float *keys, const float *values, int64_t ld_cache,
                           const int32_t *slots, int64_t length, int64_t width, float scale, float *scratch,
                           float *out) {
    for (int64_t p = 0; p < length; p++) {
        const float *key = keys + slots[p] * ld_cache;
        vf sum = (vf){};
        int64_t d = 0;
        for (; d + VW <= width; d += VW) sum += load(q + d) * load(key + d);
        scratch[p] = horizontal_sum(sum);
        for (; d < width; d++) scratch[p] += q[d] * key[d];
    }
    float inverse = 1 / exponentiate(scratch, length, scale);
    int64_t d = 0;
    for (; d + VW <= width; d += VW) {
        vf sum = (vf){};
        for (int64_t p = 0; p < length; p++) sum += load(values + slots[p] * ld_cache + d) * scratch[p];
        store(out + d, sum * inverse);
    }
    for (; d < width; d++) {
        float sum = 0;
        for (int64_t p = 0; p < length; p++) sum += values[slots[p] * ld_cache + d] * scratch[p];
        out[d] = sum * inverse;
    }
}

const hk_table HK_TABLE = {
    .name = HK_NAME,
    .panel = PANEL,
    .pack = pack,
    .gemm = gemm,
    .dot_rows = dot_rows,
    .quantize_row = quantize_row,
    .pack_i8 = pack_i8,
    .gemm_i8 = gemm_i8,
    .dot_rows_i8 = dot_rows_i8,
    .layer_norm = layer_norm,
    .attention_pack = attention_pack,
    .attention_block = attention_block,
    .store_cross = store_cross,
    .cross_attention = cross_attention,
    .self_attention = self_attention,
    .widen = widen,
    .maximum = maximum,
    .sum_exp = sum_exp,
    .dot = dot,
};
