// An encoder's attention in whole numbers: scores from bytes, weighted sums from 16-bit numbers, a chunk of positions
// at a time with a running maximum, so that neither scores nor weights leave the cache. Part of simd_kernels.h.
//
// The including file provides, beside what the products of bytes need: vi word_dot(vi sums, vb words, vb words), which
// adds the products of two neighbouring signed 16-bit numbers to each sum; and may define rounded and power_of_two.

enum { CHUNK = HK_ATTENTION_CHUNK, LANES = (MR + VW - 1) / VW * VW };

#ifndef rounded
/// Rounds to nearest even; |x| < 2²².
INLINE vi rounded(vf x) { return (vi)(x + 12582912.0f) - 0x4b400000; }
#endif

/// Means of the keys and largest magnitudes of the values, per column, summed in the order of the positions.
static void column_statistics(const float *restrict k, const float *restrict v, int64_t ld, int64_t positions,
                              int64_t width, float *restrict means, float *restrict largest) {
    memset(means, 0, (size_t)width * sizeof(float));
    memset(largest, 0, (size_t)width * sizeof(float));
    for (int64_t p = 0; p < positions; p++)
        for (int64_t d = 0; d < width; d++) {
            float magnitude = fabsf(v[p * ld + d]);
            means[d] += k[p * ld + d];
            largest[d] = magnitude > largest[d] ? magnitude : largest[d];
        }
    for (int64_t d = 0; d < width; d++) means[d] /= (float)positions;
}

/// Keys as panels [groups of 4 columns, PANEL positions, 4].
static void pack_keys_i8(const float *k, int64_t ld, int64_t positions, int64_t width, const hk_head_i8 *head) {
    int64_t groups = (width + 3) / 4;
    int8_t *bytes = (int8_t *)(head->row + width);
    for (int64_t p = 0; p < (positions + PANEL - 1) / PANEL * PANEL; p++) {
        int32_t offset;
        for (int64_t d = 0; d < width; d++) head->row[d] = p < positions ? k[p * ld + d] - head->key_means[d] : 0;
        quantize_row(head->row, width, 4 * groups, bytes, &head->key_scales[p], &offset);
        uint32_t *panel = (uint32_t *)(head->keys + p / PANEL * PANEL * groups * 4) + p % PANEL;
        for (int64_t g = 0; g < groups; g++) {
            uint32_t four;
            memcpy(&four, bytes + 4 * g, 4);
            panel[g * PANEL] = four ^ BYTE_FLIP;
        }
    }
}

/// Values as panels [pairs of positions, PANEL columns, 2].
static void pack_values_i16(const float *v, int64_t ld, int64_t positions, int64_t width, const hk_head_i8 *head) {
    int64_t pairs = (positions + 1) / 2;
    for (int64_t d = 0; d < width; d++) {
        float largest = head->value_scales[d];
        head->row[d] = largest > 0 ? HK_VALUE_LEVELS / largest : 0;
        head->value_scales[d] = largest / HK_VALUE_LEVELS;
    }
    for (int64_t pair = 0; pair < pairs; pair++)
        for (int64_t d = 0; d < (width + PANEL - 1) / PANEL * PANEL; d += VW) {
            int16_t *panel = head->values + ((d / PANEL * pairs + pair) * PANEL + d % PANEL) * 2;
            const float *even = v + 2 * pair * ld + d, *odd = even + ld;
            int64_t take = width - d < VW ? width - d : VW;
            float row[2][VW] = {{0}};
            for (int64_t i = 0; i < take; i++) {
                row[0][i] = even[i] * head->row[d + i];
                row[1][i] = 2 * pair + 1 < positions ? odd[i] * head->row[d + i] : 0;
            }
            vi both = (rounded(load(row[0])) & 0xffff) | (rounded(load(row[1])) << 16);
            memcpy(panel, &both, sizeof both);
        }
}

static void attention_i8_pack(const float *k, const float *v, int64_t ld, int64_t positions, int64_t width,
                              const hk_head_i8 *head) {
    column_statistics(k, v, ld, positions, width, head->key_means, head->value_scales);
    pack_keys_i8(k, ld, positions, width, head);
    pack_values_i16(v, ld, positions, width, head);
}

/// What a block of queries carries from chunk to chunk.
typedef struct attention_state {
    int8_t *queries; // [rows, stride]
    int64_t stride, columns;
    float *factors; // of a row's scores, to the logarithm to base 2 of its weights
    float *peaks;   // largest such logarithm so far
    int32_t *offsets;
    float *totals; // [rows, VW]
    float *sums;   // [rows, columns]
    float *scores;
    int16_t *weights;
} attention_state;

INLINE void score_tile(int rows, const attention_state *state, int64_t first, int64_t groups, const uint8_t *panel,
                       const float *key_scales, float *scores) {
    vi sums[MR][2];
    const int8_t *queries = state->queries + first * state->stride;
    for (int i = 0; i < rows; i++) sums[i][0] = sums[i][1] = (vi){} - state->offsets[first + i];
    for (int64_t g = 0; g < groups; g++) {
        vb b0 = byte_load(panel + g * PANEL * 4), b1 = byte_load(panel + g * PANEL * 4 + VW * 4);
        for (int i = 0; i < rows; i++) {
            vb s = byte_splat(queries + i * state->stride + g * 4);
            sums[i][0] = byte_dot(sums[i][0], b0, s);
            sums[i][1] = byte_dot(sums[i][1], b1, s);
        }
    }
    vf scale0 = load(key_scales), scale1 = load(key_scales + VW);
    for (int i = 0; i < rows; i++) {
        store(scores + i * CHUNK, __builtin_convertvector(sums[i][0], vf) * scale0);
        store(scores + i * CHUNK + VW, __builtin_convertvector(sums[i][1], vf) * scale1);
    }
}

/// 2^r for |r| ≤ ½, within 8 · 10⁻⁵ of itself: what 14 bits of a weight keep.
INLINE vf power_of_fraction(vf r) {
    vf p = splat(0.05517157f);
    p = p * r + 0.24261111f;
    p = p * r + 0.693261f;
    return p * r + 0.99992807f;
}

#ifndef power_of_two
/// 2^x for x ≤ 14, nearly 0 below −30.
INLINE vf power_of_two(vf x) {
    x = larger(x, splat(-30.0f));
    vf shifted = x + 12582912.0f;
    vf p = power_of_fraction(x - (shifted - 12582912.0f));
    return (vf)((vi)p + ((vi)shifted << 23));
}
#endif

/// A row's scores of one chunk become weights 2^14 · e^(score − peak).
INLINE void weigh_row(float *scores, int64_t count, float factor, float peak, int16_t *weights, vf *total) {
    int64_t vectors = (count + VW - 1) / VW;
    vi sum = (vi){};
    float less = 14 - peak;
    for (int64_t i = 0; i < vectors; i++) {
        vi weight = rounded(power_of_two(load(scores + i * VW) * factor + less));
        if ((i + 1) * VW > count)
            for (int64_t lane = count - i * VW; lane < VW; lane++) weight[lane] = 0;
        sum += weight;
        *(vi16_loose *)(weights + i * VW) = __builtin_convertvector(weight, vi16_loose);
    }
    *total += __builtin_convertvector(sum, vf);
}

INLINE void value_tile(int rows, const int16_t *weights, int64_t pairs, const int16_t *panel, const float *shrink,
                       float *out, int64_t ldo) {
    vi sums[MR][2];
    for (int i = 0; i < rows; i++) sums[i][0] = sums[i][1] = (vi){};
    for (int64_t pair = 0; pair < pairs; pair++) {
        vb b0 = byte_load(panel + pair * PANEL * 2), b1 = byte_load(panel + pair * PANEL * 2 + VW * 2);
        for (int i = 0; i < rows; i++) {
            vb s = byte_splat((const int8_t *)(weights + i * CHUNK + 2 * pair));
            sums[i][0] = word_dot(sums[i][0], b0, s);
            sums[i][1] = word_dot(sums[i][1], b1, s);
        }
    }
    for (int i = 0; i < rows; i++) {
        float *y = out + i * ldo;
        store(y, load(y) * shrink[i] + __builtin_convertvector(sums[i][0], vf));
        store(y + VW, load(y + VW) * shrink[i] + __builtin_convertvector(sums[i][1], vf));
    }
}

/// One chunk of positions for one register tile of queries.
INLINE void attend_tile(int rows, const attention_state *state, int64_t first, const hk_head_i8 *head,
                        int64_t positions, int64_t width, int64_t chunk) {
    int64_t groups = (width + 3) / 4, pairs = (positions + 1) / 2;
    int64_t count = positions - chunk < CHUNK ? positions - chunk : CHUNK;
    for (int64_t p = 0; p < count; p += PANEL)
        score_tile(rows, state, first, groups, head->keys + (chunk + p) * groups * 4, head->key_scales + chunk + p,
                   state->scores + p);
    float shrink[LANES] = {0};
    for (int i = 0; i < rows; i++) {
        float *scores = state->scores + i * CHUNK, *peak = &state->peaks[first + i], factor = state->factors[first + i];
        // Positions beyond the last must not be the largest.
        for (int64_t p = count; p < (count + VW - 1) / VW * VW; p++) scores[p] = scores[0];
        vf most = load(scores);
        for (int64_t p = VW; p < count; p += VW) most = larger(most, load(scores + p));
        float highest = factor * __builtin_reduce_max(most);
        shrink[i] = *peak - (highest > *peak ? highest : *peak);
        if (highest > *peak) *peak = highest;
    }
    for (int i = 0; i < LANES; i += VW) store(shrink + i, power_of_two(load(shrink + i)));
    for (int i = 0; i < rows; i++) {
        float *totals = state->totals + (first + i) * VW;
        vf total = load(totals) * shrink[i];
        weigh_row(state->scores + i * CHUNK, count, state->factors[first + i], state->peaks[first + i],
                  state->weights + i * CHUNK, &total);
        store(totals, total);
    }
    for (int64_t d = 0; d < width; d += PANEL)
        value_tile(rows, state->weights, (count + 1) / 2, head->values + (d * pairs + chunk / 2 * PANEL) * 2, shrink,
                   state->sums + first * state->columns + d, state->columns);
}

/// Parts of the scratch memory; HK_ATTENTION_I8_SCRATCH bounds their sum.
static attention_state attention_begin(const float *q, int64_t ldq, int64_t rows, int64_t width, float scale,
                                       void *scratch) {
    int64_t columns = (width + 63) / 64 * 64;
    attention_state state = {.stride = columns, .columns = columns, .sums = scratch};
    state.totals = state.sums + HK_ATTENTION_ROWS * columns;
    state.scores = state.totals + HK_ATTENTION_ROWS * VW;
    state.factors = state.scores + MR * CHUNK;
    state.peaks = state.factors + HK_ATTENTION_ROWS;
    state.offsets = (int32_t *)(state.peaks + HK_ATTENTION_ROWS);
    state.weights = (int16_t *)(state.offsets + HK_ATTENTION_ROWS);
    state.queries = (int8_t *)(state.weights + MR * CHUNK);
    memset(state.sums, 0, (size_t)(HK_ATTENTION_ROWS * (columns + VW)) * sizeof(float));
    for (int64_t r = 0; r < rows; r++) {
        quantize_row(q + r * ldq, width, columns, state.queries + r * columns, &state.factors[r], &state.offsets[r]);
        state.factors[r] *= scale * 1.44269504f;
        state.peaks[r] = -1e30f;
    }
    return state;
}

static void attention_i8_block(const float *q, int64_t ldq, int64_t rows, const hk_head_i8 *head, int64_t positions,
                               int64_t width, float scale, void *scratch, float *out, int64_t ldo) {
    attention_state state = attention_begin(q, ldq, rows, width, scale, scratch);
    for (int64_t chunk = 0; chunk < positions; chunk += CHUNK)
        for (int64_t r = 0; r < rows; r += MR) {
#define CASE(R)                                                                                                        \
    case R:                                                                                                            \
        if (R <= MR) attend_tile(R <= MR ? R : MR, &state, r, head, positions, width, chunk);                          \
        break;
            switch (rows - r < MR ? rows - r : MR) {
                CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12)
            }
#undef CASE
        }
    for (int64_t r = 0; r < rows; r++) {
        float inverse = 1 / horizontal_sum(load(state.totals + r * VW));
        for (int64_t d = 0; d < width; d++)
            out[r * ldo + d] = state.sums[r * state.columns + d] * (head->value_scales[d] * inverse);
    }
}
