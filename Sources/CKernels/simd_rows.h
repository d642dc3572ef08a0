// Normalisation and reductions of rows. Part of simd_kernels.h.

static void layer_norm(const float *x, int64_t rows, int64_t columns, const float *gain, const float *bias,
                       float epsilon, float *y) {
    int64_t whole = columns / VW * VW;
    for (int64_t r = 0; r < rows; r++, x += columns, y += columns) {
        vf sum = (vf){}, squares = (vf){};
        for (int64_t i = 0; i < whole; i += VW) sum += load(x + i);
        float mean = horizontal_sum(sum), variance = 0;
        for (int64_t i = whole; i < columns; i++) mean += x[i];
        mean /= (float)columns;
        for (int64_t i = 0; i < whole; i += VW) {
            vf d = load(x + i) - mean;
            squares += d * d;
        }
        variance = horizontal_sum(squares);
        for (int64_t i = whole; i < columns; i++) variance += (x[i] - mean) * (x[i] - mean);
        float inverse = 1 / sqrtf(variance / (float)columns + epsilon);
        for (int64_t i = 0; i < whole; i += VW)
            store(y + i, (load(x + i) - mean) * inverse * load(gain + i) + load(bias + i));
        for (int64_t i = whole; i < columns; i++) y[i] = (x[i] - mean) * inverse * gain[i] + bias[i];
    }
}

static float maximum(const float *x, int64_t count) {
    vf most = splat(-INFINITY);
    int64_t i = 0;
    for (; i + VW <= count; i += VW) most = larger(most, load(x + i));
    float largest = __builtin_reduce_max(most);
    for (; i < count; i++) largest = fmaxf(largest, x[i]);
    return largest;
}

/// Turns scores into exp(scale · (score − maximum)) and returns their sum; scale is positive.
static float exponentiate(float *scores, int64_t count, float scale) {
    float largest = maximum(scores, count);
    vf sum = (vf){};
    int64_t i = 0;
    for (; i + VW <= count; i += VW) {
        vf e = exponential((load(scores + i) - largest) * scale);
        sum += e;
        store(scores + i, e);
    }
    float total = horizontal_sum(sum);
    for (; i < count; i++) total += scores[i] = expf(scale * (scores[i] - largest));
    return total;
}

static float sum_exp(const float *x, int64_t count, float largest) {
    vf sums[2] = {(vf){}, (vf){}};
    int64_t i = 0;
    for (; i + 2 * VW <= count; i += 2 * VW) {
        sums[0] += exponential(load(x + i) - largest);
        sums[1] += exponential(load(x + i + VW) - largest);
    }
    float total = horizontal_sum(sums[0] + sums[1]);
    for (; i < count; i++) total += expf(x[i] - largest);
    return total;
}

static float dot(const float *a, const float *b, int64_t count) {
    vf sums[4] = {(vf){}, (vf){}, (vf){}, (vf){}};
    int64_t i = 0;
    for (; i + 4 * VW <= count; i += 4 * VW)
        for (int j = 0; j < 4; j++) sums[j] += load(a + i + j * VW) * load(b + i + j * VW);
    float total = horizontal_sum((sums[0] + sums[1]) + (sums[2] + sums[3]));
    for (; i < count; i++) total += a[i] * b[i];
    return total;
}
