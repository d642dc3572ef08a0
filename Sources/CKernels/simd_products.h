// Products with float activations: weights widened into packed panels for many rows, read in place for few.
// Part of simd_kernels.h.

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

typedef float v4 __attribute__((vector_size(16)));
typedef float v4_loose __attribute__((vector_size(16), aligned(1), may_alias));

/// Four rows [4, columns] become four columns of a panel, tile by tile: single numbers would each cost a store.
static void transpose_rows(const float *rows, int64_t columns, float *panel) {
    int64_t k = 0;
    for (; k + 4 <= columns; k += 4) {
        v4 a = *(const v4_loose *)(rows + k), b = *(const v4_loose *)(rows + columns + k);
        v4 c = *(const v4_loose *)(rows + 2 * columns + k), d = *(const v4_loose *)(rows + 3 * columns + k);
        v4 ab0 = __builtin_shufflevector(a, b, 0, 4, 1, 5), ab1 = __builtin_shufflevector(a, b, 2, 6, 3, 7);
        v4 cd0 = __builtin_shufflevector(c, d, 0, 4, 1, 5), cd1 = __builtin_shufflevector(c, d, 2, 6, 3, 7);
        *(v4_loose *)(panel + k * PANEL) = __builtin_shufflevector(ab0, cd0, 0, 1, 4, 5);
        *(v4_loose *)(panel + (k + 1) * PANEL) = __builtin_shufflevector(ab0, cd0, 2, 3, 6, 7);
        *(v4_loose *)(panel + (k + 2) * PANEL) = __builtin_shufflevector(ab1, cd1, 0, 1, 4, 5);
        *(v4_loose *)(panel + (k + 3) * PANEL) = __builtin_shufflevector(ab1, cd1, 2, 3, 6, 7);
    }
    for (; k < columns; k++)
        for (int64_t row = 0; row < 4; row++) panel[k * PANEL + row] = rows[row * columns + k];
}

static void pack(const hk_matrix *w, int64_t n0, int64_t n, float *rows, float *panels) {
    for (int64_t j = 0; j < (n + PANEL - 1) / PANEL * PANEL; j += HK_PACK_ROWS) {
        for (int64_t i = 0; i < HK_PACK_ROWS; i++) {
            float *row = rows + i * w->columns;
            if (j + i < n)
                widen(w->type, (const uint8_t *)w->data + (n0 + j + i) * w->row_bytes,
                      w->scales ? w->scales[n0 + j + i] : 1, 0, w->columns, row);
            else memset(row, 0, (size_t)w->columns * sizeof(float));
        }
        transpose_rows(rows, w->columns, panels + j / PANEL * PANEL * w->columns + j % PANEL);
    }
}

// --- Products of many rows --------------------------------------------------------------------------------------

/// One register tile: `rows` × PANEL, rows a constant. An output is the sum over `taps` runs of `k` products, which
/// lie `tap_stride` apart in `a` and one after the other in `panel`; a plain product has one run.
INLINE void tile(int rows, const float *a, int64_t lda, int64_t taps, int64_t tap_stride, int64_t k,
                 const float *panel, int64_t n, const float *bias, int flags, float *c, int64_t ldc) {
    vf sums[MR][2];
    for (int i = 0; i < rows; i++) sums[i][0] = sums[i][1] = (vf){};
    for (int64_t tap = 0; tap < taps; tap++, a += tap_stride, panel += k * PANEL)
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
        if (R <= MR) tile(R <= MR ? R : MR, a, lda, 1, 0, k, panel, n, bias, flags, c, ldc);                           \
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

/// Asks for the `count` bytes that lie PREFETCH_AHEAD further on. Several rows at once are several streams, in which
/// the hardware's own prefetch loses its way; a single stream it follows best undisturbed.
enum { PREFETCH_AHEAD = 6144 };
INLINE void prefetch_ahead(const uint8_t *w, int64_t count) {
    for (int64_t byte = 0; byte < count; byte += 64) __builtin_prefetch(w + PREFETCH_AHEAD + byte, 0, 3);
}

/// Products of `rows` weight rows with `inputs` activations, both constants.
INLINE void dot_tile(hk_type type, int rows, int inputs, const uint8_t *w, int64_t row_bytes, int64_t k,
                     const float *x, int64_t ldx, float sums[DOT_ROWS][DOT_INPUTS]) {
    vf acc[DOT_ROWS][DOT_INPUTS];
    const int64_t element = type == HK_F32 ? 4 : 2;
    for (int r = 0; r < rows; r++)
        for (int i = 0; i < inputs; i++) acc[r][i] = (vf){};
    int64_t c = 0;
    for (; c + VW <= k; c += VW) {
        vf in[DOT_INPUTS];
        if (rows > 1) prefetch_ahead(w + c * rows * element, VW * rows * element);
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

/// Product of one weight row with one activation row: as many sums at a time as hide the latency of an addition.
INLINE float dot_line(hk_type type, const uint8_t *w, int64_t k, const float *x) {
    enum { SUMS = 4 };
    vf acc[SUMS];
    for (int u = 0; u < SUMS; u++) acc[u] = (vf){};
    int64_t c = 0;
    for (; c + SUMS * VW <= k; c += SUMS * VW)
        for (int u = 0; u < SUMS; u++) acc[u] += load_as(type, w, c + u * VW) * load(x + c + u * VW);
    for (; c + VW <= k; c += VW) acc[0] += load_as(type, w, c) * load(x + c);
    float sum = horizontal_sum((acc[0] + acc[1]) + (acc[2] + acc[3]));
    for (; c < k; c++) {
        float weight;
        hk_table_scalar.widen(type, w, 1, c, 1, &weight);
        sum += weight * x[c];
    }
    return sum;
}

INLINE void dot_rows_as(hk_type type, const uint8_t *data, int64_t row_bytes, int64_t k, int64_t n0, int64_t n1,
                        const float *x, int64_t ldx, int64_t m, const float *bias, int flags, float *y, int64_t ldy) {
    // One input is bound by memory alone, which is read fastest in order.
    for (int64_t n = n0; m == 1 && n < n1; n++)
        y[n] = finish_one(dot_line(type, data + n * row_bytes, k, x), bias ? bias[n] : 0, flags, y[n]);
    for (int64_t n = n0; m > 1 && n < n1;) {
        int rows = n1 - n >= DOT_ROWS ? DOT_ROWS : 1;
        const uint8_t *w = data + n * row_bytes;
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
                     const float *bias, int flags, float *y, int64_t ldy) {
#define CASE(T)                                                                                                        \
    case T: dot_rows_as(T, w->data, w->row_bytes, w->columns, n0, n1, x, ldx, m, bias, flags, y, ldy); break;
    switch (w->type) {
        CASE(HK_F16) CASE(HK_BF16)
    default: dot_rows_as(HK_F32, w->data, w->row_bytes, w->columns, n0, n1, x, ldx, m, bias, flags, y, ldy);
    }
#undef CASE
}
