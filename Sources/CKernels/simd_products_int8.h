// Products of int8 weights with activations quantised row by row. Part of simd_kernels.h.
//
// Where BYTE_BIAS is 128, weights are read as unsigned bytes (value + 128), because that is what the processor
// multiplies with signed bytes: Σ (w + 128) · a = Σ w · a + 128 · Σ a, and 128 · Σ a is known per activation row.
// Where it is 0, they are read as they are.
//
// The including file provides, for groups of 4 bytes: typedef vb (a vector of VW groups),
//   vb byte_load(const void *); vb byte_splat(const int8_t *group);
//   vi byte_dot(vi sums, vb weights, vb activations); int32_t byte_total(vi);
//   where BYTE_BIAS is 128: vb byte_flip(vb) (value + 128).

#if BYTE_BIAS
#define BYTE_FLIP 0x80808080u
#else
#define BYTE_FLIP 0u
#define byte_flip(x) (x)
#endif

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
    *offset = BYTE_BIAS * sum;
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

INLINE void dot_tile_i8(int rows, int inputs, const uint8_t *w, int64_t row_bytes, int64_t k, const int8_t *x,
                        int64_t ldx, int32_t sums[DOT_ROWS][DOT_INPUTS]) {
    vi acc[DOT_ROWS][DOT_INPUTS];
    for (int r = 0; r < rows; r++)
        for (int i = 0; i < inputs; i++) acc[r][i] = (vi){};
    int64_t c = 0;
    for (; c + 4 * VW <= k; c += 4 * VW) {
        vb in[DOT_INPUTS];
        if (rows > 1) prefetch_ahead(w + c * rows, 4 * VW * rows);
        for (int i = 0; i < inputs; i++) in[i] = byte_load(x + i * ldx + c);
        for (int r = 0; r < rows; r++) {
            vb weight = byte_flip(byte_load(w + r * row_bytes + c));
            for (int i = 0; i < inputs; i++) acc[r][i] = byte_dot(acc[r][i], weight, in[i]);
        }
    }
    for (int r = 0; r < rows; r++)
        for (int i = 0; i < inputs; i++) {
            sums[r][i] = byte_total(acc[r][i]);
            for (int64_t t = c; t < k; t++) sums[r][i] += ((int32_t)(int8_t)w[r * row_bytes + t] + BYTE_BIAS) * x[i * ldx + t];
        }
}

static void dot_rows_i8(const hk_matrix *w, int64_t n0, int64_t n1, const hk_rows_i8 *x, int64_t m, const float *bias,
                        int flags, float *y, int64_t ldy) {
    int64_t row_bytes = w->row_bytes, k = w->columns;
    for (int64_t n = n0; n < n1;) {
        int rows = m > 1 && n1 - n >= DOT_ROWS ? DOT_ROWS : 1;
        const uint8_t *data = (const uint8_t *)w->data + n * row_bytes;
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
