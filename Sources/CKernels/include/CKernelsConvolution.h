// Dense convolution along time and the activations of convolutional vocoders. Part of CKernels.h.
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef struct hk_pool hk_pool;

/// The filters of a convolution, packed once for the instruction set in use when they were created.
typedef struct hk_filters hk_filters;

/// weights: [outputs, taps, inputs], copied; bias: [outputs], copied, or NULL. NULL when memory is out.
hk_filters *hk_filters_create(const float *weights, const float *bias, int64_t outputs, int64_t taps, int64_t inputs);
void hk_filters_destroy(hk_filters *filters);

/// y[t, n] = bias[n] + Σ_k Σ_c w[n, k, c] · x[t + k · dilation, c] for t < rows, then flags (those of hk_linear).
/// x: [rows + (taps − 1) · dilation, inputs] without gaps; row t of y at t · ldy. y is other memory than x.
void hk_convolve(hk_pool *pool, const hk_filters *filters, const float *x, int64_t rows, int64_t dilation, int flags,
                 float *y, int64_t ldy);

/// y[i] = x[i] > 0 ? x[i] : slope · x[i]; slope 0 is the rectifier. In place where y is x.
void hk_leaky_relu(hk_pool *pool, const float *x, int64_t count, float slope, float *y);
/// y[r, i] = tanh(x[r, i]) · sigmoid(x[r, channels + i]); x: [rows, 2 · channels].
void hk_gated_tanh(hk_pool *pool, const float *x, int64_t rows, int64_t channels, float *y);
/// y[i] += gelu(x[i]), the exact (erf) form, when accumulate is not 0; else y[i] = gelu(x[i]).
void hk_gelu(const float *x, int64_t count, int accumulate, float *y);
/// Each row of x becomes its softmax, in place.
void hk_softmax(float *x, int64_t rows, int64_t columns, int64_t ldx);
