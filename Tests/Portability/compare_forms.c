// Compares a vector form of the kernels with the scalar reference, outside of Swift, so that it can be cross-compiled
// and run under an emulator. Prints one line per kernel; exits with 1 when any differs by more than rounding.
#include "table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *form;
static int failures;

static float number(void) {
    static uint32_t state = 1;
    state = state * 1664525u + 1013904223u;
    return (float)(state >> 8) / (float)(1 << 23) - 1;
}

static float *numbers(int64_t count) {
    float *x = malloc((size_t)count * sizeof(float));
    for (int64_t i = 0; i < count; i++) x[i] = number();
    return x;
}

static void report_within(double limit, const char *what, const float *expected, const float *got, int64_t count) {
    double worst = 0;
    for (int64_t i = 0; i < count; i++) {
        double difference = fabs((double)expected[i] - got[i]) / fmax(1, fabs(expected[i]));
        if (!(difference <= worst)) worst = difference;
    }
    int bad = !(worst < limit);
    failures += bad;
    printf("%-40s %.2e%s\n", what, worst, bad ? "  FAILED" : "");
}

static void report(const char *what, const float *expected, const float *got, int64_t count) {
    report_within(3e-5, what, expected, got, count);
}

static void use(const char *name) {
    if (!hk_isa_force(name)) {
        fprintf(stderr, "this processor has no %s\n", name);
        exit(2);
    }
}

static void products(hk_pool *pool) {
    static const int64_t shapes[][3] = {{1, 64, 200}, {1, 37, 5}, {3, 80, 33}, {5, 384, 70}, {49, 63, 130}, {61, 240, 97}};
    static const int64_t block_bytes[] = {[HK_Q4_0] = 18, [HK_Q4_1] = 20, [HK_Q5_0] = 22, [HK_Q5_1] = 24, [HK_Q8_0] = 34};
    for (int type = HK_F32; type <= HK_Q8_0; type++)
        for (int s = 0; s < 6; s++) {
            int64_t m = shapes[s][0], k = shapes[s][1], n = shapes[s][2];
            if (type > HK_I8 && k % 32) continue;
            int64_t row = type == HK_F32 ? 4 * k : type <= HK_BF16 ? 2 * k : type == HK_I8 ? k : k / 32 * block_bytes[type];
            uint8_t *w = malloc((size_t)(n * row));
            for (int64_t i = 0; i < n * row; i++) w[i] = (uint8_t)(number() * 127) & 0x3f;
            for (int64_t i = 0; i < n * k; i++) {
                float x = number();
                if (type == HK_F32) memcpy(w + 4 * i, &x, 4);
                if (type == HK_BF16) memcpy(w + 2 * i, (uint8_t *)&x + 2, 2);
                if (type == HK_F16) {
                    _Float16 half = (_Float16)x;
                    memcpy(w + 2 * i, &half, 2);
                }
            }
            float *scales = numbers(n), *x = numbers(m * k), *bias = numbers(n), *y = calloc((size_t)(m * n), 4),
                  *z = calloc((size_t)(m * n), 4);
            for (int64_t i = 0; i < n; i++) scales[i] = fabsf(scales[i]) / 127;
            hk_matrix matrix = {w, type == HK_I8 ? scales : NULL, n, k, row, (hk_type)type};
            for (int flags = 0; flags < 8; flags++) {
                use("scalar");
                hk_linear(pool, &matrix, bias, x, k, m, flags, y, n);
                use(form);
                hk_linear(pool, &matrix, bias, x, k, m, flags, z, n);
                char what[64];
                snprintf(what, sizeof what, "linear type %d %dx%dx%d flags %d", type, (int)m, (int)k, (int)n, flags);
                report(what, y, z, m * n);
                memcpy(z, y, (size_t)(m * n) * 4);
            }
        }
}

static void attention(hk_pool *pool) {
    enum { POSITIONS = 131, HEADS = 2, WIDTH = 20, STATE = HEADS * WIDTH };
    float *q = numbers(3 * POSITIONS * STATE), *a = numbers(POSITIONS * STATE), *b = numbers(POSITIONS * STATE);
    float *workspace = malloc((size_t)hk_attention_workspace(POSITIONS, HEADS, WIDTH) * 4);
    use("scalar");
    hk_attention(pool, q, q + STATE, q + 2 * STATE, 3 * STATE, POSITIONS, HEADS, WIDTH, 0.3f, workspace, a, STATE);
    use(form);
    hk_attention(pool, q, q + STATE, q + 2 * STATE, 3 * STATE, POSITIONS, HEADS, WIDTH, 0.3f, workspace, b, STATE);
    report("attention", a, b, POSITIONS * STATE);
    void *bytes = malloc((size_t)hk_attention_i8_workspace(POSITIONS, HEADS, WIDTH));
    for (int pass = 0; pass < 2; pass++) {
        use(pass ? form : "scalar");
        hk_attention_i8(pool, q, q + STATE, q + 2 * STATE, 3 * STATE, POSITIONS, HEADS, WIDTH, 0.3f, bytes, pass ? b : a,
                        STATE);
    }
    report_within(4e-3, "attention in whole numbers", a, b, POSITIONS * STATE);
    int32_t rows[] = {4, 0, 2, 1, 3}, lengths[] = {1, 25, 13}, slots[75];
    for (int i = 0; i < 75; i++) slots[i] = (i * 7 + 3) % 30;
    for (int type = HK_F32; type <= HK_F16; type++) {
        float *keys = numbers(hk_key_rows(POSITIONS) * STATE), *values = numbers(POSITIONS * STATE), *out[2] = {a, b};
        for (int pass = 0; pass < 2; pass++) {
            use(pass ? form : "scalar");
            hk_store_cross(pool, q, q + POSITIONS * STATE, STATE, POSITIONS, HEADS, WIDTH, (hk_type)type, keys, values);
            hk_cross_group group = {keys, values, rows, 5, POSITIONS};
            hk_cross_attention(pool, &group, 1, (hk_type)type, q, STATE, HEADS, WIDTH, 0.4f, NULL, out[pass], STATE);
        }
        report(type ? "cross attention, half" : "cross attention", a, b, 5 * STATE);
    }
    for (int pass = 0; pass < 2; pass++) {
        use(pass ? form : "scalar");
        hk_self_attention(pool, q, STATE, 3, q, q + 30 * STATE, STATE, slots, 25, lengths, HEADS, WIDTH, 0.4f,
                          pass ? b : a, STATE);
    }
    report("cached attention", a, b, 3 * STATE);
}

static void rows(hk_pool *pool) {
    float *x = numbers(70 * 385), *a = numbers(70 * 385), *b = numbers(70 * 385);
    for (int pass = 0; pass < 2; pass++) {
        use(pass ? form : "scalar");
        float *out = pass ? b : a;
        hk_layer_norm(pool, x, 70, 385, x, x + 385, 1e-5f, out);
        out[0] = hk_log_sum_exp(x, 1000);
        out[1] = hk_maximum(x, 1000);
        out[2] = hk_dot(x, x + 1000, 999);
    }
    report("layer norm and reductions", a, b, 70 * 385);
}

static void depthwise(hk_pool *pool) {
    static const int64_t shapes[][4] = {{1, 5, 7, 1}, {70, 37, 7, 1}, {9, 64, 7, 3}, {131, 20, 3, 2}};
    for (int s = 0; s < 4; s++) {
        int64_t frames = shapes[s][0], channels = shapes[s][1], taps = shapes[s][2], dilation = shapes[s][3];
        float *x = numbers((frames + (taps - 1) * dilation) * channels), *w = numbers(taps * channels),
              *bias = numbers(channels), *y = calloc((size_t)(frames * channels), 4),
              *z = calloc((size_t)(frames * channels), 4);
        use("scalar");
        hk_depthwise(pool, x, frames, channels, w, taps, dilation, bias, y);
        hk_scale_add(pool, x, frames, channels, bias, y);
        use(form);
        hk_depthwise(pool, x, frames, channels, w, taps, dilation, bias, z);
        hk_scale_add(pool, x, frames, channels, bias, z);
        report("depthwise convolution, scaled addition", y, z, frames * channels);
    }
}

static void dense(hk_pool *pool) {
    // rows, inputs, outputs, taps, dilation
    static const int64_t shapes[][5] = {{40, 32, 32, 3, 1}, {133, 24, 70, 7, 12}, {17, 3, 5, 1, 1}, {50, 32, 1, 7, 1}};
    for (int s = 0; s < 4; s++) {
        int64_t rows = shapes[s][0], inputs = shapes[s][1], outputs = shapes[s][2], taps = shapes[s][3];
        int64_t dilation = shapes[s][4];
        float *x = numbers((rows + (taps - 1) * dilation) * inputs), *w = numbers(outputs * taps * inputs),
              *bias = numbers(outputs), *y[2];
        for (int pass = 0; pass < 2; pass++) {
            use(pass ? form : "scalar");
            y[pass] = calloc((size_t)(rows * outputs), 4);
            hk_filters *filters = hk_filters_create(w, bias, outputs, taps, inputs);
            hk_convolve(pool, filters, x, rows, dilation, HK_GELU, y[pass], outputs);
            hk_convolve(pool, filters, x, rows, dilation, HK_ACCUMULATE, y[pass], outputs);
            hk_filters_destroy(filters);
        }
        report("dense convolution", y[0], y[1], rows * outputs);
    }
}

int main(int count, char **arguments) {
    form = count > 1 ? arguments[1] : "neon";
    hk_pool *pool = hk_pool_create(2);
    if (!pool) return 2;
    products(pool);
    attention(pool);
    rows(pool);
    depthwise(pool);
    dense(pool);
    hk_pool_destroy(pool);
    printf("%d failures\n", failures);
    return failures ? 1 : 0;
}
