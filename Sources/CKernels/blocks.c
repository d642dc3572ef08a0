// ggml's quantised blocks of 32 weights (the layouts of whisper.cpp's q4_0 … q8_0 files), widened to float.
#include "table.h"

#include <string.h>

enum { BLOCK = 32 };

static float half_at(const uint8_t *p) {
    uint16_t bits;
    memcpy(&bits, p, 2);
    uint32_t sign = (uint32_t)(bits & 0x8000) << 16, exponent = (bits >> 10) & 31, mantissa = bits & 0x3ff, out;
    if (exponent == 31) {
        out = sign | 0x7f800000 | mantissa << 13;
    } else if (exponent) {
        out = sign | (exponent + 112) << 23 | mantissa << 13;
    } else {
        float value = (float)mantissa * 0x1p-24f; // subnormal
        memcpy(&out, &value, 4);
        out |= sign;
    }
    float result;
    memcpy(&result, &out, 4);
    return result;
}

static void widen_q4_0(const uint8_t *b, float *y) {
    float d = half_at(b);
    for (int i = 0; i < BLOCK / 2; i++) {
        y[i] = d * (float)((b[2 + i] & 15) - 8);
        y[i + 16] = d * (float)((b[2 + i] >> 4) - 8);
    }
}

static void widen_q4_1(const uint8_t *b, float *y) {
    float d = half_at(b), m = half_at(b + 2);
    for (int i = 0; i < BLOCK / 2; i++) {
        y[i] = d * (float)(b[4 + i] & 15) + m;
        y[i + 16] = d * (float)(b[4 + i] >> 4) + m;
    }
}

static void widen_q5_0(const uint8_t *b, float *y) {
    float d = half_at(b);
    uint32_t high;
    memcpy(&high, b + 2, 4);
    for (int i = 0; i < BLOCK / 2; i++) {
        int low = (b[6 + i] & 15) | (int)((high >> i) & 1) << 4;
        int upper = (b[6 + i] >> 4) | (int)((high >> (i + 16)) & 1) << 4;
        y[i] = d * (float)(low - 16);
        y[i + 16] = d * (float)(upper - 16);
    }
}

static void widen_q5_1(const uint8_t *b, float *y) {
    float d = half_at(b), m = half_at(b + 2);
    uint32_t high;
    memcpy(&high, b + 4, 4);
    for (int i = 0; i < BLOCK / 2; i++) {
        int low = (b[8 + i] & 15) | (int)((high >> i) & 1) << 4;
        int upper = (b[8 + i] >> 4) | (int)((high >> (i + 16)) & 1) << 4;
        y[i] = d * (float)low + m;
        y[i + 16] = d * (float)upper + m;
    }
}

static void widen_q8_0(const uint8_t *b, float *y) {
    float d = half_at(b);
    for (int i = 0; i < BLOCK; i++) y[i] = d * (float)(int8_t)b[2 + i];
}

void hk_widen_blocks(hk_type type, const void *row, int64_t first, int64_t count, float *out) {
    static const int block_bytes[] = {[HK_Q4_0] = 18, [HK_Q4_1] = 20, [HK_Q5_0] = 22, [HK_Q5_1] = 24, [HK_Q8_0] = 34};
    for (int64_t i = first; i < first + count;) {
        const uint8_t *block = (const uint8_t *)row + i / BLOCK * block_bytes[type];
        float values[BLOCK];
        switch (type) {
        case HK_Q4_0: widen_q4_0(block, values); break;
        case HK_Q4_1: widen_q4_1(block, values); break;
        case HK_Q5_0: widen_q5_0(block, values); break;
        case HK_Q5_1: widen_q5_1(block, values); break;
        default: widen_q8_0(block, values); break;
        }
        int64_t offset = i % BLOCK, take = BLOCK - offset;
        if (take > first + count - i) take = first + count - i;
        memcpy(out + (i - first), values + offset, (size_t)take * sizeof(float));
        i += take;
    }
}
