// Inner loops of the audio front end. Written so that the compiler vectorises them: elementwise over 16 lanes.
#include "CKernelsSpectral.h"

#include <stdint.h>

// Clones are chosen while the program is being loaded, before a sanitizer's run time is ready.
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define HK_SANITIZED 1
#elif defined(__has_feature)
#define HK_SANITIZED (__has_feature(thread_sanitizer) || __has_feature(address_sanitizer))
#else
#define HK_SANITIZED 0
#endif

#if defined(__x86_64__) && defined(__linux__) && defined(__clang__) && !HK_SANITIZED
#define HK_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define HK_CLONES
#endif

enum { LANES = HK_MEL_LANES };

HK_CLONES
void hk_window(const float *samples, const float *window, float *restrict out, size_t count) {
    for (size_t i = 0; i < count; i++) out[i] = samples[i] * window[i];
}

HK_CLONES
void hk_window_add(const float *samples, const float *window, float *restrict out, size_t count) {
    for (size_t i = 0; i < count; i++) out[i] += samples[i] * window[i];
}

HK_CLONES
void hk_power_lane(const float *spectrum, float *restrict out, size_t count) {
    for (size_t i = 0; i < count; i++) {
        float re = spectrum[2 * i], im = spectrum[2 * i + 1];
        out[i * LANES] = re * re + im * im;
    }
}

/// log10 of a positive normal float. Mantissa reduced to [sqrt(1/2), sqrt(2)), then the minimax polynomial of
/// Cephes' logf; the exponent's share is added in two parts because log10(2) alone would lose its low bits.
static inline __attribute__((always_inline)) float log10_positive(float x) {
    int32_t bits;
    __builtin_memcpy(&bits, &x, sizeof bits);
    // 0x3f3504f3 is sqrt(1/2): subtracting it makes the exponent field count from there.
    int32_t exponent = (bits - 0x3f3504f3) >> 23;
    bits -= (int32_t)((uint32_t)exponent << 23);
    float m;
    __builtin_memcpy(&m, &bits, sizeof m);
    float f = m - 1.0f, z = f * f, e = (float)exponent;
    float p = 7.0376836292e-2f;
    p = p * f - 1.1514610310e-1f;
    p = p * f + 1.1676998740e-1f;
    p = p * f - 1.2420140846e-1f;
    p = p * f + 1.4249322787e-1f;
    p = p * f - 1.6668057665e-1f;
    p = p * f + 2.0000714765e-1f;
    p = p * f - 2.4999993993e-1f;
    p = p * f + 3.3333331174e-1f;
    float rest = p * f * z - 0.5f * z;  // ln(m) = f + rest
    // log10(e) and log10(2), each as a short high part (products with it are exact) and a low part.
    float low = e * 2.48745663981195213739e-4f + (f + rest) * 7.00731903251827651129e-4f;
    return ((low + rest * 4.3359375e-1f) + f * 4.3359375e-1f) + e * 3.0078125e-1f;
}

HK_CLONES
void hk_log10(const float *in, float *restrict out, size_t count) {
    for (size_t i = 0; i < count; i++) out[i] = log10_positive(in[i]);
}

HK_CLONES
float hk_log_mel(const float *power, const float *weights, const int *starts, const int *offsets, size_t bands,
                 float *restrict out, size_t frames) {
    float maxima[LANES];
    for (int l = 0; l < LANES; l++) maxima[l] = -1e30f;
    for (size_t b = 0; b < bands; b++) {
        float sums[LANES] = {0};
        const float *row = power + (size_t)starts[b] * LANES;
        for (int k = offsets[b]; k < offsets[b + 1]; k++, row += LANES) {
            float w = weights[k];
            for (int l = 0; l < LANES; l++) sums[l] += w * row[l];
        }
        float logs[LANES];
        for (int l = 0; l < LANES; l++) {
            float energy = sums[l] > 1e-10f ? sums[l] : 1e-10f;
            logs[l] = log10_positive(energy);
        }
        for (int l = 0; l < LANES; l++) maxima[l] = logs[l] > maxima[l] ? logs[l] : maxima[l];
        if (frames == LANES) {
            for (int l = 0; l < LANES; l++) out[(size_t)l * bands + b] = logs[l];
        } else {
            for (size_t l = 0; l < frames; l++) out[l * bands + b] = logs[l];
        }
    }
    float maximum = -1e30f;
    for (size_t l = 0; l < frames; l++) maximum = maxima[l] > maximum ? maxima[l] : maximum;
    return maximum;
}

HK_CLONES
void hk_log_mel_normalize(float *values, size_t count, float maximum) {
    float floor = maximum - 8.0f;
    for (size_t i = 0; i < count; i++) {
        float x = values[i] > floor ? values[i] : floor;
        values[i] = (x + 4.0f) * 0.25f;
    }
}
