#pragma once
#include <stddef.h>

/// Frames that the log-mel kernels take side by side: one lane each, so that no sum needs a horizontal reduction
/// and a frame's value does not depend on the frames beside it.
enum { HK_MEL_LANES = 16 };

/// out[i] = samples[i] * window[i], for i < count.
void hk_window(const float *samples, const float *window, float *out, size_t count);

/// out[i] += samples[i] * window[i], for i < count (overlap-add).
void hk_window_add(const float *samples, const float *window, float *out, size_t count);

/// Squared magnitudes of `count` complex numbers (re, im interleaved) to out[i * HK_MEL_LANES].
void hk_power_lane(const float *spectrum, float *out, size_t count);

/// Mel band energies and their base-10 logarithms for HK_MEL_LANES frames.
/// power: [frequencies, HK_MEL_LANES]. Band b sums weights[offsets[b]...] over frequencies starts[b] ..< starts[b] +
/// (offsets[b + 1] - offsets[b]). Energies are raised to 1e-10 first (this also replaces NaN).
/// out: [frames, bands], only the first `frames` lanes are written. Returns the largest value written.
float hk_log_mel(const float *power, const float *weights, const int *starts, const int *offsets, size_t bands,
                 float *out, size_t frames);

/// The same with natural logarithms of magnitudes: bands sum w · √power, are raised to `floor` (a positive normal
/// float; this also replaces NaN), then out = ln.
void hk_log_mel_magnitude(float *power, const float *weights, const int *starts, const int *offsets, size_t bands,
                          size_t frequencies, float floor, float *out, size_t frames);

/// out[k] = min(e^log_magnitude[k], limit) · e^(i · phase[k]), complex (re, im interleaved). Phases beyond ±10⁵ lose
/// precision; NaN and infinities give no number but do no harm.
void hk_polar(const float *log_magnitude, const float *phase, float limit, float *out, size_t count);

/// What a source-filter head makes of the spectra of its two sources, complex (re, im interleaved):
/// out[k] = e^min(gain[k], 6) · e^(iπ · tanh(phase[k])) · pulses[k]
///          + e^min(noise_gain[k] − noise_offset, 6) · noise[k] / max(|noise[k]|, 10⁻⁷).
void hk_source_filter(const float *gain, const float *phase, const float *noise_gain, const float *pulses,
                      const float *noise, float noise_offset, float *out, size_t count);

/// values[i] = (max(values[i], maximum - 8) + 4) / 4.
void hk_log_mel_normalize(float *values, size_t count, float maximum);

/// out[i] = log10(in[i]) for positive normal floats, within 2 units in the last place. Here for tests.
void hk_log10(const float *in, float *out, size_t count);
