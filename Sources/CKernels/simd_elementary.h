// Elementary functions of a vector: exponential, error function, GELU, and how a product is finished.
// Part of simd_kernels.h.

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
