// Products of int8 weights with activations quantised row by row. Part of simd_kernels.h.
//
// Where BYTE_BIAS is 128, weights are read as unsigned bytes (value + 128), because that is what the processor
// multiplies with signed bytes: Σ (w + 128) · a = Σ w · a + 128 · Σ a, and 128 · Σ a is known per activation row.
// Where it is 0, they are read as they are.
//
// The including file provides, for groups of 4 bytes: typedef vb (a vector of VW groups),
//   vb byte_load(const void *); vb byte_splat(const int8_t *group);
//   vi byte_dot(vi sums, vb weights, vb activations); quad quad_totals(const vf[4]), the sum over each one's lanes;
//   where BYTE_BIAS is 128: vb byte_flip(vb) (value + 128).

#if BYTE_BIAS
#define BYTE_FLIP 0x80808080u
#else
#define BYTE_FLIP 0u
#define byte_flip(x) (x)
#endif

static float maximum_magnitude(const float *x, int64_t count) {
    vf most = (vf){};
    int64_t i = 0;
    for (; i + VW <= count; i += VW) most = larger(most, __builtin_elementwise_abs(load(x + i)));
    float largest = __builtin_reduce_max(most);
    for (; i < count; i++) largest = fmaxf(largest, fabsf(x[i]));
    return largest;
}

/// Rounds to nearest even, for magnitudes below 2²²: adding 1.5 · 2²³ leaves the integer in the low bits.
INLINE vi round_to_whole(vf x) { return (vi)(x + 12582912.0f) - 0x4b400000; }

static void quantize_row(const float *x, int64_t count, int64_t padded, int8_t *out, float *scale, int32_t *offset) {
    float largest = maximum_magnitude(x, count);
    float inverse = largest > 0 ? 127.0f / largest : 0;
    vi total = (vi){};
    int64_t i = 0;
    for (; i + VW <= count; i += VW) {
        vi rounded = round_to_whole(load(x + i) * inverse);
        total += rounded;
        *(vi8_loose *)(out + i) = __builtin_convertvector(rounded, vi8_loose);
    }
    int32_t sum = __builtin_reduce_add(total);
    for (; i < padded; i++) {
        out[i] = i < count ? (int8_t)rintf(x[i] * inverse) : 0;
        sum += out[i];
    }
    *scale = largest / 127.0f;
    *offset = BYTE_BIAS * sum;
}

static void quantize_row_fine(const float *x, int64_t count, int64_t padded, int8_t *out, float *scale,
                              int32_t *offsets) {
    float largest = maximum_magnitude(x, count);
    float inverse = largest > 0 ? 127.0f * HK_FINE / largest : 0;
    int8_t *lower = out + padded;
    vi upper_total = (vi){}, lower_total = (vi){};
    int64_t i = 0;
    for (; i + VW <= count; i += VW) {
        vi rounded = round_to_whole(load(x + i) * inverse), high = (rounded + HK_FINE / 2) >> 7;
        vi low = rounded - high * HK_FINE;
        upper_total += high;
        lower_total += low;
        *(vi8_loose *)(out + i) = __builtin_convertvector(high, vi8_loose);
        *(vi8_loose *)(lower + i) = __builtin_convertvector(low, vi8_loose);
    }
    int32_t sums[2] = {__builtin_reduce_add(upper_total), __builtin_reduce_add(lower_total)};
    for (; i < padded; i++) {
        int32_t value = i < count ? (int32_t)rintf(x[i] * inverse) : 0, high = (value + HK_FINE / 2) >> 7;
        out[i] = (int8_t)high;
        lower[i] = (int8_t)(value - high * HK_FINE);
        sums[0] += out[i];
        sums[1] += lower[i];
    }
    *scale = largest / (127.0f * HK_FINE);
    for (int part = 0; part < 2; part++) offsets[part] = BYTE_BIAS * sums[part];
}

static void pack_i8(const hk_matrix *w, int64_t n0, int64_t n, uint8_t *panels) {
    int64_t groups = (w->columns + 3) / 4, whole = w->columns / 4;
    for (int64_t j = 0; j < (n + PANEL - 1) / PANEL * PANEL; j++) {
        uint32_t *panel = (uint32_t *)(panels + j / PANEL * PANEL * groups * 4) + j % PANEL;
        const uint8_t *row = (const uint8_t *)w->data + (n0 + j) * w->row_bytes;
        for (int64_t g = 0; g < groups; g++) {
            uint32_t four = 0;
            if (j < n) memcpy(&four, row + 4 * g, g < whole ? 4 : (size_t)(w->columns - 4 * whole));
            panel[g * PANEL] = four ^ BYTE_FLIP;
        }
    }
}

INLINE void tile_i8(int rows, const hk_rows_i8 *a, int64_t m0, int64_t groups, const uint8_t *panel, int64_t n,
                    const float *scales, const float *bias, int flags, float *c, int64_t ldc) {
    vi sums[MR][2];
    const int8_t *values = a->values + m0 * a->stride;
    for (int i = 0; i < rows; i++) sums[i][0] = sums[i][1] = (vi){} - a->offsets[m0 + i];
    for (int64_t g = 0; g < groups; g++) {
        vb b0 = byte_load(panel + g * PANEL * 4), b1 = byte_load(panel + g * PANEL * 4 + VW * 4);
        for (int i = 0; i < rows; i++) {
            vb s = byte_splat(values + i * a->stride + g * 4);
            sums[i][0] = byte_dot(sums[i][0], b0, s);
            sums[i][1] = byte_dot(sums[i][1], b1, s);
        }
    }
    if (n >= PANEL) {
        vf scale0 = load(scales), scale1 = load(scales + VW);
        vf bias0 = bias ? load(bias) : (vf){}, bias1 = bias ? load(bias + VW) : (vf){};
        for (int i = 0; i < rows; i++) {
            float *y = c + i * ldc, scale = a->scales[m0 + i];
            vf y0 = __builtin_convertvector(sums[i][0], vf) * (scale0 * scale);
            vf y1 = __builtin_convertvector(sums[i][1], vf) * (scale1 * scale);
            store(y, finish(y0, bias0, flags, flags & HK_ACCUMULATE ? load(y) : (vf){}));
            store(y + VW, finish(y1, bias1, flags, flags & HK_ACCUMULATE ? load(y + VW) : (vf){}));
        }
        return;
    }
    float column_scales[PANEL] = {0}, column_bias[PANEL] = {0};
    int64_t width = n < PANEL ? n : PANEL;
    memcpy(column_scales, scales, (size_t)width * sizeof(float));
    if (bias) memcpy(column_bias, bias, (size_t)width * sizeof(float));
    for (int i = 0; i < rows; i++) {
        float *y = c + i * ldc, row[PANEL] = {0};
        if (flags & HK_ACCUMULATE) memcpy(row, y, (size_t)width * sizeof(float));
        for (int h = 0; h < 2; h++) {
            vf product = __builtin_convertvector(sums[i][h], vf);
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

/// Products of `rows` weight rows with `inputs` activations of `parts` each, all constants, before their lanes are
/// added up.
INLINE void dot_tile_i8(int rows, int parts, int inputs, const uint8_t *w, int64_t row_bytes, int64_t k,
                        const int8_t *x, int64_t ldx, vf sums[][DOT_INPUTS]) {
    vi acc[DOT_ROWS][DOT_INPUTS];
    for (int r = 0; r < rows; r++)
        for (int i = 0; i < parts * inputs; i++) acc[r][i] = (vi){};
    int64_t c = 0;
    for (; c + 4 * VW <= k; c += 4 * VW) {
        vb in[DOT_INPUTS];
        if (rows > 1) prefetch_ahead(w + c * rows, 4 * VW * rows);
        for (int i = 0; i < parts * inputs; i++) in[i] = byte_load(x + i * ldx + c);
        for (int r = 0; r < rows; r++) {
            vb weight = byte_flip(byte_load(w + r * row_bytes + c));
            for (int i = 0; i < parts * inputs; i++) acc[r][i] = byte_dot(acc[r][i], weight, in[i]);
        }
    }
    for (int r = 0; r < rows; r++)
        for (int i = 0; i < inputs; i++) {
            vf sum = __builtin_convertvector(acc[r][parts * i], vf);
            if (parts == 2) sum = sum * (float)HK_FINE + __builtin_convertvector(acc[r][2 * i + 1], vf);
            const int8_t *values = x + parts * i * ldx;
            for (int64_t t = c; t < k; t++) {
                int32_t value = parts == 2 ? values[t] * HK_FINE + values[ldx + t] : values[t];
                sum[0] += (float)(((int8_t)w[r * row_bytes + t] + BYTE_BIAS) * value);
            }
            sums[r][i] = sum;
        }
}

/// Weight rows whose products are finished together.
enum { QUAD = 4 };

/// Finishes products of QUAD weight rows, of which `rows` are there, with one activation.
INLINE void finish_quad(const vf lanes[QUAD], int rows, const hk_rows_i8 *x, int64_t i, const float *scales,
                        const float *bias, int flags, float *y) {
    const int32_t *offsets = x->offsets + x->parts * i;
    float offset = x->parts == 2 ? (float)offsets[0] * HK_FINE + (float)offsets[1] : (float)offsets[0];
    quad product = (quad_totals(lanes) - offset) * x->scales[i];
    float scale[QUAD] = {0}, added[QUAD] = {0}, old[QUAD] = {0};
    memcpy(scale, scales, (size_t)rows * sizeof(float));
    if (bias) memcpy(added, bias, (size_t)rows * sizeof(float));
    if (flags & HK_ACCUMULATE) memcpy(old, y, (size_t)rows * sizeof(float));
    product = product * *(quad_loose *)scale + *(quad_loose *)added;
    if (flags & HK_GELU) {
        vf wide = (vf){};
        memcpy(&wide, &product, sizeof product);
        wide = gelu(wide);
        memcpy(&product, &wide, sizeof product);
    }
    product += *(quad_loose *)old;
    memcpy(y, &product, (size_t)rows * sizeof(float));
}

/// Inputs of the next tile when `left` are left and `most` fit: equal tiles, none of them nearly empty.
INLINE int even_part(int64_t left, int most) {
    int64_t tiles = (left + most - 1) / most;
    return (int)((left + tiles - 1) / tiles);
}

static void dot_rows_i8(const hk_matrix *w, int64_t n0, int64_t n1, const hk_rows_i8 *x, int64_t m, const float *bias,
                        int flags, float *y, int64_t ldy) {
    for (int64_t n = n0; n < n1; n += QUAD) {
        int rows = n1 - n < QUAD ? (int)(n1 - n) : QUAD;
        // One input is bound by memory alone, which is read fastest in order.
        int together = m > 1 && rows == QUAD ? DOT_ROWS : 1;
        const uint8_t *data = (const uint8_t *)w->data + n * w->row_bytes;
        for (int64_t i = 0; i < m;) {
            int inputs = even_part(m - i, DOT_INPUTS / x->parts);
            vf sums[QUAD][DOT_INPUTS];
            const int8_t *in = x->values + x->parts * i * x->stride;
            for (int r = 0; r < rows; r += together) {
                const uint8_t *row = data + r * w->row_bytes;
#define CASE(R, P, I)                                                                                                  \
    if (P * I <= DOT_INPUTS && together == R && x->parts == P && inputs == I)                                          \
        dot_tile_i8(R, P, P * I <= DOT_INPUTS ? I : 1, row, w->row_bytes, w->columns, in, x->stride, &sums[r]);
#define CASES(R)                                                                                                       \
    CASE(R, 1, 1) CASE(R, 1, 2) CASE(R, 1, 3) CASE(R, 1, 4) CASE(R, 1, 5) CASE(R, 1, 6)                                \
    CASE(R, 2, 1) CASE(R, 2, 2) CASE(R, 2, 3)
                CASES(DOT_ROWS) CASES(1)
#undef CASES
#undef CASE
            }
            for (int j = 0; j < inputs; j++) {
                vf lanes[QUAD] = {0};
                for (int r = 0; r < rows; r++) lanes[r] = sums[r][j];
                float *out = y + (i + j) * ldy + n;
                const float *added = bias ? bias + n : NULL;
                if (rows == QUAD)
                    finish_quad(lanes, QUAD, x, i + j, w->scales + n, added, flags, out);
                else
                    finish_quad(lanes, rows, x, i + j, w->scales + n, added, flags, out);
            }
            i += inputs;
        }
    }
}
