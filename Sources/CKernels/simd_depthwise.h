// Depthwise convolution and what follows it in a ConvNeXt block. Part of simd_kernels.h.

/// `frames` frames, a constant, of one vector of channels: each tap's weights are read once for all of them.
INLINE void depthwise_tile(int frames, const float *x, int64_t channels, const float *w, int64_t taps,
                           int64_t dilation, vf bias, float *y) {
    vf sums[4];
    for (int i = 0; i < frames; i++) sums[i] = bias;
    for (int64_t k = 0; k < taps; k++) {
        vf weight = load(w + k * channels);
        for (int i = 0; i < frames; i++) sums[i] += weight * load(x + (i + k * dilation) * channels);
    }
    for (int i = 0; i < frames; i++) store(y + i * channels, sums[i]);
}

static void depthwise(const float *x, int64_t frames, int64_t channels, const float *w, int64_t taps,
                      int64_t dilation, const float *bias, float *y) {
    int64_t whole = channels / VW * VW;
    for (int64_t t = 0; t < frames;) {
        int count = frames - t >= 4 ? 4 : 1;
        for (int64_t c = 0; c < whole; c += VW) {
            vf first = bias ? load(bias + c) : (vf){};
            if (count == 4) depthwise_tile(4, x + t * channels + c, channels, w + c, taps, dilation, first, y + t * channels + c);
            else depthwise_tile(1, x + t * channels + c, channels, w + c, taps, dilation, first, y + t * channels + c);
        }
        t += count;
    }
    for (int64_t t = 0; t < frames; t++)
        for (int64_t c = whole; c < channels; c++) {
            float sum = bias ? bias[c] : 0;
            for (int64_t k = 0; k < taps; k++) sum += w[k * channels + c] * x[(t + k * dilation) * channels + c];
            y[t * channels + c] = sum;
        }
}

static void scale_add(const float *x, int64_t rows, int64_t columns, const float *gain, float *y) {
    int64_t whole = columns / VW * VW;
    for (int64_t r = 0; r < rows; r++, x += columns, y += columns) {
        for (int64_t i = 0; i < whole; i += VW) store(y + i, load(y + i) + load(gain + i) * load(x + i));
        for (int64_t i = whole; i < columns; i++) y[i] += gain[i] * x[i];
    }
}
