// Advanced SIMD, which every 64-bit Arm processor has: 4 floats or 16 bytes to a vector, 8 × 8 register tiles.
#if defined(__aarch64__)
#include <arm_neon.h>

#define HK_TABLE hk_table_neon
#define HK_NAME "neon"
#define VW 4
#define MR 8
#define DOT_ROWS 4
#define DOT_INPUTS 5
#define BYTE_BIAS 0

typedef uint8x16_t vb;
static inline vb byte_load(const void *p) { return vld1q_u8((const uint8_t *)p); }
static inline vb byte_splat(const int8_t *group) {
    uint32_t four;
    __builtin_memcpy(&four, group, 4);
    return vreinterpretq_u8_u32(vdupq_n_u32(four));
}
static inline int32x4_t byte_dot_add(int32x4_t sums, vb weights, vb activations) {
    int8x16_t w = vreinterpretq_s8_u8(weights), a = vreinterpretq_s8_u8(activations);
    int32x4_t low = vpaddlq_s16(vmull_s8(vget_low_s8(w), vget_low_s8(a)));
    int32x4_t high = vpaddlq_s16(vmull_s8(vget_high_s8(w), vget_high_s8(a)));
    return vaddq_s32(sums, vpaddq_s32(low, high));
}
#define byte_dot(sums, weights, activations) ((vi)byte_dot_add((int32x4_t)(sums), weights, activations))
static inline int32x4_t word_dot_add(int32x4_t sums, vb x, vb y) {
    int16x8_t a = vreinterpretq_s16_u8(x), b = vreinterpretq_s16_u8(y);
    int32x4_t low = vmull_s16(vget_low_s16(a), vget_low_s16(b)), high = vmull_s16(vget_high_s16(a), vget_high_s16(b));
    return vaddq_s32(sums, vpaddq_s32(low, high));
}
#define word_dot(sums, a, b) ((vi)word_dot_add((int32x4_t)(sums), a, b))

#include "simd_kernels.h"

INLINE float horizontal_sum(vf x) { return vaddvq_f32((float32x4_t)x); }

INLINE quad quad_totals(const vf x[4]) {
    float32x4_t first = vpaddq_f32((float32x4_t)x[0], (float32x4_t)x[1]);
    return (quad)vpaddq_f32(first, vpaddq_f32((float32x4_t)x[2], (float32x4_t)x[3]));
}

INLINE sums8 block_products(bytes32 w, bytes32 a) {
    sums8 sums;
    for (int half = 0; half < 2; half++) {
        int8x16_t x, y;
        memcpy(&x, (const int8_t *)&w + 16 * half, 16);
        memcpy(&y, (const int8_t *)&a + 16 * half, 16);
        int32x4_t low = vpaddlq_s16(vmull_s8(vget_low_s8(x), vget_low_s8(y)));
        int32x4_t four = vaddq_s32(low, vpaddlq_s16(vmull_s8(vget_high_s8(x), vget_high_s8(y))));
        memcpy((int32_t *)&sums + 4 * half, &four, 16);
    }
    return sums;
}
#endif
