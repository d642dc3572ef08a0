// Convolution along time with packed filters: the products of many rows, where one output's inputs lie in `taps` runs
// of `k` floats. Part of simd_kernels.h.

INLINE void convolve_tile(int rows, const float *a, int64_t lda, int64_t taps, int64_t tap_stride, int64_t k,
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

static void convolve(const float *a, int64_t lda, int64_t m, int64_t taps, int64_t tap_stride, int64_t k,
                     const float *panel, int64_t n, const float *bias, int flags, float *c, int64_t ldc) {
    for (int64_t i = 0; i < m; i += MR, a += MR * lda, c += MR * ldc) {
        int64_t rows = m - i < MR ? m - i : MR;
#define CASE(R)                                                                                                        \
    case R:                                                                                                            \
        if (R <= MR)                                                                                                   \
            convolve_tile(R <= MR ? R : MR, a, lda, taps, tap_stride, k, panel, n, bias, flags, c, ldc);               \
        break;
        switch (rows) {
            CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12)
        }
#undef CASE
    }
}
