// The reference forms: plain loops, no vectors, what every other form is tested against and what runs where no
// faster form exists.
#include "table.h"

#include <math.h>
#include <string.h>

enum { PANEL = 8 };

static float half_bits(uint16_t bits) {
    uint32_t sign = (uint32_t)(bits & 0x8000) << 16, exponent = (bits >> 10) & 31, mantissa = bits & 0x3ff, out;
    if (exponent == 0) {
        float value = (float)mantissa * 0x1p-24f;
        return sign ? -value : value;
    }
    out = sign | (exponent == 31 ? 0x7f800000 : (exponent + 112) << 23) | mantissa << 13;
    float result;
    memcpy(&result, &out, 4);
    return result;
}

/// Rounds to nearest even, as the hardware conversions do.
static uint16_t half_from(float value) {
    uint32_t bits;
    memcpy(&bits, &value, 4);
    uint16_t sign = (uint16_t)(bits >> 16 & 0x8000);
    float magnitude = fabsf(value);
    if (!(magnitude < 65520.0f)) return sign | (value == value ? 0x7c00 : 0x7e00);
    if (magnitude < 0x1p-14f) return sign | (uint16_t)rintf(magnitude * 0x1p24f);
    memcpy(&bits, &magnitude, 4);
    uint32_t rounded = bits + 0xfff + (bits >> 13 & 1);
    return sign | (uint16_t)((rounded >> 13) - (112u << 10));
}

static void widen(hk_type type, const void *row, float scale, int64_t first, int64_t count, float *out) {
    const uint8_t *bytes = row;
    for (int64_t i = 0; i < count && type <= HK_I8; i++) {
        int64_t j = first + i;
        uint16_t half;
        uint32_t word;
        switch (type) {
        case HK_F32: memcpy(&out[i], bytes + 4 * j, 4); break;
        case HK_F16:
            memcpy(&half, bytes + 2 * j, 2);
            out[i] = half_bits(half);
            break;
        case HK_BF16:
            memcpy(&half, bytes + 2 * j, 2);
            word = (uint32_t)half << 16;
            memcpy(&out[i], &word, 4);
            break;
        default: out[i] = scale * (float)(int8_t)bytes[j]; break;
        }
    }
    if (type > HK_I8) hk_widen_blocks(type, row, first, count, out);
}

static float finish(float sum, float bias, int flags, float old) {
    float y = sum + bias;
    if (flags & HK_GELU) y = 0.5f * y * (1.0f + erff(y * 0.70710678f));
    return flags & HK_ACCUMULATE ? y + old : y;
}

static void pack(const hk_matrix *w, int64_t n0, int64_t n, float *row, float *panels) {
    for (int64_t j = 0; j < (n + PANEL - 1) / PANEL * PANEL; j++) {
        float *panel = panels + j / PANEL * PANEL * w->columns + j % PANEL;
        if (j < n)
            widen(w->type, (const uint8_t *)w->data + (n0 + j) * w->row_bytes, w->scales ? w->scales[n0 + j] : 1, 0,
                  w->columns, row);
        for (int64_t k = 0; k < w->columns; k++) panel[k * PANEL] = j < n ? row[k] : 0;
    }
}

static void gemm(const float *a, int64_t lda, int64_t m, int64_t k, const float *panels, int64_t n, const float *bias,
                 int flags, float *c, int64_t ldc) {
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < n; j++) {
            const float *panel = panels + j / PANEL * PANEL * k + j % PANEL;
            float sum = 0;
            for (int64_t x = 0; x < k; x++) sum += a[i * lda + x] * panel[x * PANEL];
            c[i * ldc + j] = finish(sum, bias ? bias[j] : 0, flags, c[i * ldc + j]);
        }
}

static void convolve(const float *a, int64_t lda, int64_t m, int64_t taps, int64_t tap_stride, int64_t k,
                     const float *panel, int64_t n, const float *bias, int flags, float *c, int64_t ldc) {
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < n && j < PANEL; j++) {
            float sum = 0;
            for (int64_t tap = 0; tap < taps; tap++)
                for (int64_t x = 0; x < k; x++)
                    sum += a[i * lda + tap * tap_stride + x] * panel[(tap * k + x) * PANEL + j];
            c[i * ldc + j] = finish(sum, bias ? bias[j] : 0, flags, c[i * ldc + j]);
        }
}

static void dot_rows(const hk_matrix *w, int64_t n0, int64_t n1, const float *x, int64_t ldx, int64_t m,
                     const float *bias, int flags, float *y, int64_t ldy) {
    for (int64_t n = n0; n < n1; n++)
        for (int64_t i = 0; i < m; i++) {
            float sum = 0, weight;
            for (int64_t k = 0; k < w->columns; k++) {
                widen(w->type, (const uint8_t *)w->data + n * w->row_bytes, 1, k, 1, &weight);
                sum += x[i * ldx + k] * weight;
            }
            y[i * ldy + n] = finish(sum, bias ? bias[n] : 0, flags, y[i * ldy + n]);
        }
}

static void quantize_row(const float *x, int64_t count, int64_t padded, int8_t *out, float *scale, int32_t *offset) {
    float largest = 0;
    for (int64_t i = 0; i < count; i++) largest = fmaxf(largest, fabsf(x[i]));
    float inverse = largest > 0 ? 127.0f / largest : 0;
    int32_t sum = 0;
    for (int64_t i = 0; i < padded; i++) {
        out[i] = i < count ? (int8_t)rintf(x[i] * inverse) : 0;
        sum += out[i];
    }
    *scale = largest / 127.0f;
    *offset = 128 * sum;
}

static void quantize_row_fine(const float *x, int64_t count, int64_t padded, int8_t *out, float *scale,
                              int32_t *offsets) {
    float largest = 0;
    for (int64_t i = 0; i < count; i++) largest = fmaxf(largest, fabsf(x[i]));
    float inverse = largest > 0 ? 127.0f * HK_FINE / largest : 0;
    int32_t sums[2] = {0, 0};
    for (int64_t i = 0; i < padded; i++) {
        int32_t value = i < count ? (int32_t)rintf(x[i] * inverse) : 0, upper = (value + HK_FINE / 2) >> 7;
        out[i] = (int8_t)upper;
        out[padded + i] = (int8_t)(value - upper * HK_FINE);
        for (int part = 0; part < 2; part++) sums[part] += out[part * padded + i];
    }
    *scale = largest / (127.0f * HK_FINE);
    for (int part = 0; part < 2; part++) offsets[part] = 128 * sums[part];
}

static void pack_i8(const hk_matrix *w, int64_t n0, int64_t n, uint8_t *panels) {
    int64_t groups = (w->columns + 3) / 4;
    for (int64_t j = 0; j < (n + PANEL - 1) / PANEL * PANEL; j++) {
        uint8_t *panel = panels + j / PANEL * PANEL * groups * 4 + j % PANEL * 4;
        const int8_t *row = (const int8_t *)w->data + (n0 + j) * w->row_bytes;
        for (int64_t k = 0; k < groups * 4; k++)
            panel[k / 4 * PANEL * 4 + k % 4] = j < n && k < w->columns ? (uint8_t)(row[k] + 128) : 128;
    }
}

static void gemm_i8(const hk_rows_i8 *a, int64_t m0, int64_t m, int64_t k, const uint8_t *panels, int64_t n,
                    const float *scales, const float *bias, int flags, float *c, int64_t ldc) {
    int64_t groups = (k + 3) / 4;
    for (int64_t i = m0; i < m0 + m; i++)
        for (int64_t j = 0; j < n; j++) {
            const uint8_t *panel = panels + j / PANEL * PANEL * groups * 4 + j % PANEL * 4;
            int32_t sum = -a->offsets[i];
            for (int64_t x = 0; x < groups * 4; x++)
                sum += (int32_t)panel[x / 4 * PANEL * 4 + x % 4] * a->values[i * a->stride + x];
            float *out = &c[(i - m0) * ldc + j];
            *out = finish((float)sum * (a->scales[i] * scales[j]), bias ? bias[j] : 0, flags, *out);
        }
}

static void dot_rows_i8(const hk_matrix *w, int64_t n0, int64_t n1, const hk_rows_i8 *x, int64_t m, const float *bias,
                        int flags, float *y, int64_t ldy) {
    for (int64_t n = n0; n < n1; n++) {
        const int8_t *row = (const int8_t *)w->data + n * w->row_bytes;
        for (int64_t i = 0; i < m; i++) {
            float product = 0;
            for (int part = 0; part < x->parts; part++) {
                const int8_t *values = x->values + (i * x->parts + part) * x->stride;
                int32_t sum = 0;
                for (int64_t k = 0; k < w->columns; k++) sum += (int32_t)row[k] * values[k];
                product = product * HK_FINE + (float)sum;
            }
            y[i * ldy + n] =
                finish(product * (x->scales[i] * w->scales[n]), bias ? bias[n] : 0, flags, y[i * ldy + n]);
        }
    }
}

static void dot_rows_blocks(const hk_matrix *w, int64_t n0, int64_t n1, const hk_rows_i8 *x, int64_t m,
                            const float *bias, int flags, float *row, float *y, int64_t ldy) {
    for (int64_t n = n0; n < n1; n++) {
        hk_widen_blocks(w->type, (const uint8_t *)w->data + n * w->row_bytes, 0, w->columns, row);
        for (int64_t i = 0; i < m; i++) {
            float sum = 0;
            for (int64_t k = 0; k < w->columns; k++) sum += row[k] * x->values[i * x->stride + k];
            y[i * ldy + n] = finish(sum * x->scales[i], bias ? bias[n] : 0, flags, y[i * ldy + n]);
        }
    }
}

static void layer_norm(const float *x, int64_t rows, int64_t columns, const float *gain, const float *bias,
                       float epsilon, float *y) {
    for (int64_t r = 0; r < rows; r++, x += columns, y += columns) {
        double mean = 0, variance = 0;
        for (int64_t i = 0; i < columns; i++) mean += x[i];
        mean /= (double)columns;
        for (int64_t i = 0; i < columns; i++) variance += (x[i] - mean) * (x[i] - mean);
        double inverse = 1 / sqrt(variance / (double)columns + epsilon);
        for (int64_t i = 0; i < columns; i++) y[i] = (float)((x[i] - mean) * inverse) * gain[i] + bias[i];
    }
}

static void depthwise(const float *x, int64_t frames, int64_t channels, const float *w, int64_t taps,
                      int64_t dilation, const float *bias, float *y) {
    for (int64_t t = 0; t < frames; t++)
        for (int64_t c = 0; c < channels; c++) {
            float sum = bias ? bias[c] : 0;
            for (int64_t k = 0; k < taps; k++) sum += w[k * channels + c] * x[(t + k * dilation) * channels + c];
            y[t * channels + c] = sum;
        }
}

static void scale_add(const float *x, int64_t rows, int64_t columns, const float *gain, float *y) {
    for (int64_t r = 0; r < rows; r++, x += columns, y += columns)
        for (int64_t i = 0; i < columns; i++) y[i] += gain[i] * x[i];
}

/// Turns scores into exp(scale · (score − maximum)) and returns their sum.
static float exponentiate(float *scores, int64_t count, float scale) {
    float largest = -INFINITY, sum = 0;
    for (int64_t i = 0; i < count; i++) largest = fmaxf(largest, scores[i]);
    for (int64_t i = 0; i < count; i++) sum += scores[i] = expf(scale * (scores[i] - largest));
    return sum;
}

static void attention_pack(const float *k, const float *v, int64_t ld, int64_t positions, int64_t width,
                           float *key_panels, float *value_panels) {
    for (int64_t p = 0; p < (positions + PANEL - 1) / PANEL * PANEL; p++)
        for (int64_t d = 0; d < width; d++)
            key_panels[(p / PANEL * width + d) * PANEL + p % PANEL] = p < positions ? k[p * ld + d] : 0;
    for (int64_t p = 0; p < positions; p++)
        for (int64_t d = 0; d < (width + PANEL - 1) / PANEL * PANEL; d++)
            value_panels[(d / PANEL * positions + p) * PANEL + d % PANEL] = d < width ? v[p * ld + d] : 0;
}

static void attention_block(const float *q, int64_t ldq, int64_t rows, const float *key_panels,
                            const float *value_panels, int64_t positions, int64_t width, float scale, float *scratch,
                            float *out, int64_t ldo) {
    gemm(q, ldq, rows, width, key_panels, positions, NULL, 0, scratch, positions);
    for (int64_t r = 0; r < rows; r++) {
        float inverse = 1 / exponentiate(scratch + r * positions, positions, scale);
        for (int64_t p = 0; p < positions; p++) scratch[r * positions + p] *= inverse;
    }
    gemm(scratch, positions, rows, positions, value_panels, width, NULL, 0, out, ldo);
}

/// Bytes [positions, width] and 16-bit values [positions, width], each in the order of the floats.
static void attention_i8_pack(const float *k, const float *v, int64_t ld, int64_t positions, int64_t width,
                              const hk_head_i8 *head) {
    for (int64_t d = 0; d < width; d++) {
        float sum = 0, largest = 0;
        for (int64_t p = 0; p < positions; p++) {
            sum += k[p * ld + d];
            largest = fmaxf(largest, fabsf(v[p * ld + d]));
        }
        head->key_means[d] = sum / (float)positions;
        head->value_scales[d] = largest / HK_VALUE_LEVELS;
        float inverse = largest > 0 ? HK_VALUE_LEVELS / largest : 0;
        for (int64_t p = 0; p < positions; p++) head->values[p * width + d] = (int16_t)rintf(v[p * ld + d] * inverse);
    }
    for (int64_t p = 0; p < positions; p++) {
        int32_t offset;
        for (int64_t d = 0; d < width; d++) head->row[d] = k[p * ld + d] - head->key_means[d];
        quantize_row(head->row, width, width, (int8_t *)head->keys + p * width, &head->key_scales[p], &offset);
    }
}

/// The softmax is computed in full precision here: only the inputs are whole numbers.
static void attention_i8_block(const float *q, int64_t ldq, int64_t rows, const hk_head_i8 *head, int64_t positions,
                               int64_t width, float scale, void *scratch, float *out, int64_t ldo) {
    int8_t *query = scratch;
    for (int64_t r = 0; r < rows; r++) {
        float query_scale, largest = -INFINITY;
        int32_t offset;
        quantize_row(q + r * ldq, width, width, query, &query_scale, &offset);
        for (int pass = 0; pass < 2; pass++) {
            double total = 0;
            for (int64_t d = 0; pass && d < width; d++) out[r * ldo + d] = 0;
            for (int64_t p = 0; p < positions; p++) {
                int32_t sum = 0;
                for (int64_t d = 0; d < width; d++) sum += query[d] * ((const int8_t *)head->keys)[p * width + d];
                float score = (float)sum * (head->key_scales[p] * query_scale * scale);
                if (!pass) largest = fmaxf(largest, score);
                float weight = pass ? expf(score - largest) : 0;
                total += weight;
                for (int64_t d = 0; pass && d < width; d++) out[r * ldo + d] += weight * head->values[p * width + d];
            }
            for (int64_t d = 0; pass && d < width; d++) out[r * ldo + d] *= head->value_scales[d] / (float)total;
        }
    }
}

static void store_cross(const float *k, const float *v, int64_t ld, int64_t positions, int64_t width, hk_type type,
                        void *keys, void *values) {
    for (int64_t p = 0; p < hk_key_rows(positions); p++)
        for (int64_t d = 0; d < width; d++) {
            int64_t at = (p / HK_KEY_BLOCK * width + d) * HK_KEY_BLOCK + p % HK_KEY_BLOCK;
            float key = p < positions ? k[p * ld + d] : 0;
            if (type == HK_F32) ((float *)keys)[at] = key;
            else ((uint16_t *)keys)[at] = half_from(key);
            if (p >= positions) continue;
            if (type == HK_F32) ((float *)values)[p * width + d] = v[p * ld + d];
            else ((uint16_t *)values)[p * width + d] = half_from(v[p * ld + d]);
        }
}

static void cross_attention(const float *const *q, int64_t queries, const void *keys, const void *values, hk_type type,
                            int64_t positions, int64_t width, float scale, float *scratch, float *const *scores,
                            float *const *out) {
    for (int64_t i = 0; i < queries; i++) {
        for (int64_t p = 0; p < positions; p++) {
            float sum = 0, key;
            for (int64_t d = 0; d < width; d++) {
                widen(type, keys, 1, (p / HK_KEY_BLOCK * width + d) * HK_KEY_BLOCK + p % HK_KEY_BLOCK, 1, &key);
                sum += q[i][d] * key;
            }
            scratch[p] = sum;
            if (scores) scores[i][p] = scale * sum;
        }
        float inverse = 1 / exponentiate(scratch, positions, scale);
        for (int64_t d = 0; d < width; d++) out[i][d] = 0;
        for (int64_t p = 0; p < positions; p++)
            for (int64_t d = 0; d < width; d++) {
                float value;
                widen(type, values, 1, p * width + d, 1, &value);
                out[i][d] += scratch[p] * inverse * value;
            }
    }
}

static void self_attention(const float *q, const float *keys, const float *values, int64_t ld_cache,
                           const int32_t *slots, int64_t length, int64_t width, float scale, float *scratch,
                           float *out) {
    for (int64_t p = 0; p < length; p++) {
        scratch[p] = 0;
        for (int64_t d = 0; d < width; d++) scratch[p] += q[d] * keys[slots[p] * ld_cache + d];
    }
    float inverse = 1 / exponentiate(scratch, length, scale);
    for (int64_t d = 0; d < width; d++) out[d] = 0;
    for (int64_t p = 0; p < length; p++)
        for (int64_t d = 0; d < width; d++) out[d] += scratch[p] * inverse * values[slots[p] * ld_cache + d];
}

static float maximum(const float *x, int64_t count) {
    float largest = -INFINITY;
    for (int64_t i = 0; i < count; i++) largest = fmaxf(largest, x[i]);
    return largest;
}

static float sum_exp(const float *x, int64_t count, float largest) {
    double sum = 0;
    for (int64_t i = 0; i < count; i++) sum += expf(x[i] - largest);
    return (float)sum;
}

static float dot(const float *a, const float *b, int64_t count) {
    double sum = 0;
    for (int64_t i = 0; i < count; i++) sum += (double)a[i] * b[i];
    return (float)sum;
}

const hk_table hk_table_scalar = {
    .name = "scalar",
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
