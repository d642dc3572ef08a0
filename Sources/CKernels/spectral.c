// Inner loops of the audio front end. Written so that the compiler vectorises them: elementwise over 16 lanes.
#include "CKernelsSpectral.h"
#include "scalar_elementary.h"

#include <math.h>
#include <stdint.h>

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

/// Sine and cosine: π/2 subtracted in three parts, then Cephes' minimax polynomials on ±π/4.
static inline __attribute__((always_inline)) void sine_cosine(float x, float *sine, float *cosine) {
    float shifted = x * 0.636619772f + 12582912.0f, n = shifted - 12582912.0f;
    float r = ((x - n * 1.5703125f) - n * 4.8375129699707031e-4f) - n * 7.5497899548918861e-8f;
    float z = r * r;
    float s = ((-1.9515295891e-4f * z + 8.3321608736e-3f) * z - 1.6666654611e-1f) * z * r + r;
    float c = ((2.443315711809948e-5f * z - 1.388731625493765e-3f) * z + 4.166664568298827e-2f) * z * z - 0.5f * z + 1;
    uint32_t quadrant, bits;
    __builtin_memcpy(&quadrant, &shifted, sizeof quadrant);
    float a = quadrant & 1 ? c : s, b = quadrant & 1 ? s : c;
    __builtin_memcpy(&bits, &a, sizeof bits);
    bits ^= (quadrant & 2) << 30;
    __builtin_memcpy(sine, &bits, sizeof bits);
    __builtin_memcpy(&bits, &b, sizeof bits);
    bits ^= ((quadrant + 1) & 2) << 30;
    __builtin_memcpy(cosine, &bits, sizeof bits);
}

HK_CLONES
void hk_polar(const float *log_magnitude, const float *phase, float limit, float *restrict out, size_t count) {
    for (size_t i = 0; i < count; i++) {
        float magnitude = exponential_of(log_magnitude[i]), sine, cosine;
        magnitude = magnitude < limit ? magnitude : limit;
        sine_cosine(phase[i], &sine, &cosine);
        out[2 * i] = magnitude * cosine;
        out[2 * i + 1] = magnitude * sine;
    }
}

HK_CLONES
void hk_source_filter(const float *gain, const float *phase, const float *noise_gain, const float *pulses,
                      const float *noise, float noise_offset, float *restrict out, size_t count) {
    for (size_t i = 0; i < count; i++) {
        float height = exponential_of(gain[i] < 6 ? gain[i] : 6), level = noise_gain[i] - noise_offset;
        float x = noise[2 * i], y = noise[2 * i + 1], size = sqrtf(x * x + y * y);
        level = exponential_of(level < 6 ? level : 6) / (size > 1e-7f ? size : 1e-7f);
        // tanh x = 1 − 2 / (e^2x + 1)
        float angle = 3.14159265f - 6.28318531f / (exponential_of(2 * phase[i]) + 1), sine, cosine;
        sine_cosine(angle, &sine, &cosine);
        float a = height * cosine, b = height * sine, re = pulses[2 * i], im = pulses[2 * i + 1];
        out[2 * i] = a * re - b * im + level * x;
        out[2 * i + 1] = a * im + b * re + level * y;
    }
}

HK_CLONES
void hk_log_mel_magnitude(float *restrict power, const float *weights, const int *starts, const int *offsets,
                          size_t bands, size_t frequencies, float floor, float *restrict out, size_t frames) {
    for (size_t i = 0; i < frequencies * LANES; i++) power[i] = sqrtf(power[i]);
    for (size_t b = 0; b < bands; b++) {
        float sums[LANES] = {0};
        const float *row = power + (size_t)starts[b] * LANES;
        for (int k = offsets[b]; k < offsets[b + 1]; k++, row += LANES) {
            float w = weights[k];
            for (int l = 0; l < LANES; l++) sums[l] += w * row[l];
        }
        float logs[LANES];
        for (int l = 0; l < LANES; l++) logs[l] = 2.302585093f * log10_positive(sums[l] > floor ? sums[l] : floor);
        for (size_t l = 0; l < frames; l++) out[l * bands + b] = logs[l];
    }
}
