// Attention: an encoder's, over packed keys and values; a decoder's, over stored and cached ones.
// Part of simd_kernels.h.

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
