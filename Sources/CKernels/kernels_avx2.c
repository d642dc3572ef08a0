// AVX2 with FMA and half-precision conversion: 8 floats or 32 bytes to a vector, 6 × 16 register tiles.
#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)

#define HK_TABLE hk_table_avx2
#define HK_NAME "avx2"
#define VW 8
#define MR 6
#define DOT_ROWS 2
#define DOT_INPUTS 4
#define BYTE_BIAS 0

typedef __m256i vb;
static inline vb byte_load(const void *p) { return _mm256_loadu_si256((const __m256i_u *)p); }
static inline vb byte_splat(const int8_t *group) {
    int32_t four;
    __builtin_memcpy(&four, group, 4);
    return _mm256_set1_epi32(four);
}
/// |w| ≤ 128 and |a| ≤ 127, so the sum of a pair stays within the 16 bits of vpmaddubsw.
static inline __m256i byte_dot_add(__m256i sums, vb w, vb a) {
    __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(w), _mm256_sign_epi8(a, w));
    return _mm256_add_epi32(sums, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}
#define byte_dot(sums, weights, activations) ((vi)byte_dot_add((__m256i)(sums), weights, activations))
#define word_dot(sums, a, b) ((vi)_mm256_add_epi32((__m256i)(sums), _mm256_madd_epi16(a, b)))

#include "simd_kernels.h"

INLINE float horizontal_sum(vf x) {
    __m128 half = _mm_add_ps(_mm256_castps256_ps128((__m256)x), _mm256_extractf128_ps((__m256)x, 1));
    half = _mm_add_ps(half, _mm_movehl_ps(half, half));
    return _mm_cvtss_f32(_mm_add_ss(half, _mm_movehdup_ps(half)));
}

INLINE quad quad_totals(const vf x[4]) {
    __m256 first = _mm256_hadd_ps((__m256)x[0], (__m256)x[1]), last = _mm256_hadd_ps((__m256)x[2], (__m256)x[3]);
    __m256 all = _mm256_hadd_ps(first, last);
    return (quad)_mm_add_ps(_mm256_castps256_ps128(all), _mm256_extractf128_ps(all, 1));
}

INLINE sums8 block_products(bytes32 w, bytes32 a) {
    // |w| ≤ 128 and |a| ≤ 127, so a pair's sum stays within 16 bits.
    __m256i magnitude = _mm256_abs_epi8((__m256i)w), other = _mm256_sign_epi8((__m256i)a, (__m256i)w);
    return (sums8)_mm256_madd_epi16(_mm256_maddubs_epi16(magnitude, other), _mm256_set1_epi16(1));
}

#pragma clang attribute pop
#endif
