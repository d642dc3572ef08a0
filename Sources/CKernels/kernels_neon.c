// Advanced SIMD, which every 64-bit Arm processor has: 4 floats or 16 bytes to a vector, 8 × 8 register tiles.
#if defined(__aarch64__)
#include <arm_neon.h>

#define HK_TABLE hk_table_neon
#define HK_NAME "neon"
#define VW 4
#define MR 8
#define DOT_ROWS 4
#define DOT_INPUTS 5

typedef uint8x16_t vb;
static inline vb byte_load(const void *p) { return vld1q_u8((const uint8_t *)p); }
static inline vb byte_splat(const int8_t *group) {
    uint32_t four;
    __builtin_memcpy(&four, group, 4);
    return vreinterpretq_u8_u32(vdupq_n_u32(four));
}
static inline vb byte_flip(vb x) { return veorq_u8(x, vdupq_n_u8(0x80)); }
/// Flips the unsigned weights back to signed bytes and adds 128 · the activations, so that one signed widening
/// product serves; the sum stays what the unsigned form would give.
static inline int32x4_t byte_dot_add(int32x4_t sums, vb u, vb s) {
    int8x16_t w = vreinterpretq_s8_u8(byte_flip(u)), a = vreinterpretq_s8_u8(s);
    int32x4_t low = vpaddlq_s16(vmull_s8(vget_low_s8(w), vget_low_s8(a)));
    int32x4_t high = vpaddlq_s16(vmull_s8(vget_high_s8(w), vget_high_s8(a)));
    int32x4_t activations = vshlq_n_s32(vpaddlq_s16(vpaddlq_s8(a)), 7);
    return vaddq_s32(vaddq_s32(sums, vpaddq_s32(low, high)), activations);
}
#define byte_dot(sums, unsigned_bytes, signed_bytes) ((vi)byte_dot_add((int32x4_t)(sums), unsigned_bytes, signed_bytes))
#define byte_total(x) vaddvq_s32((int32x4_t)(x))

#include "simd_kernels.h"

INLINE float horizontal_sum(vf x) { return vaddvq_f32((float32x4_t)x); }

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
