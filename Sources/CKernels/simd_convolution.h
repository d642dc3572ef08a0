// Convolution along time with packed filters: the products of many rows, where one output's inputs lie in `taps` runs
// of `k` floats. Part of simd_kernels.h.

static void convolve(const float *a, int64_t lda, int64_t m, int64_t taps, int64_t tap_stride, int64_t k,
                     const float *panel, int64_t n, const float *bias, int flags, float *c, int64_t ldc) {
    for (int64_t i = 0; i < m; i += MR, a += MR * lda, c += MR * ldc) {
        int64_t rows = m - i < MR ? m - i : MR;
#define CASE(R)                                                                                                        \
    case R:                                                                                                            \
        if (R <= MR)                                                                                                   \
            tile(R <= MR ? R : MR, a, lda, taps, tap_stride, k, panel, n, bias, flags, c, ldc);                        \
        break;
        switch (rows) {
            CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12)
        }
#undef CASE
    }
}
