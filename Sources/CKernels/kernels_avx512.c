// AVX-512 with VNNI: 16 floats or 64 bytes to a vector, 12 × 32 register tiles.
#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push(                                                                                         \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c"))), apply_to = function)

#define HK_TABLE hk_table_avx512
#define HK_NAME "avx512"
#define VW 16
#define MR 12
#define DOT_ROWS 4
#define DOT_INPUTS 6
#define BYTE_BIAS 128

typedef __m512i vb;
static inline vb byte_load(const void *p) { return _mm512_loadu_si512(p); }
static inline vb byte_splat(const int8_t *group) {
    int32_t four;
    __builtin_memcpy(&four, group, 4);
    return _mm512_set1_epi32(four);
}
static inline vb byte_flip(vb x) { return _mm512_xor_si512(x, _mm512_set1_epi8((char)0x80)); }
#define byte_dot(sums, unsigned_bytes, signed_bytes) ((vi)_mm512_dpbusd_epi32((__m512i)(sums), unsigned_bytes, signed_bytes))
#define word_dot(sums, a, b) ((vi)_mm512_dpwssd_epi32((__m512i)(sums), a, b))

#define rounded(x) ((vi)_mm512_cvtps_epi32((__m512)(x)))
#define power_of_two(x)                                                                                               \
    ({                                                                                                                \
        __m512 exponent = (__m512)(x), whole = _mm512_roundscale_ps(exponent, _MM_FROUND_TO_NEAREST_INT);             \
        (vf) _mm512_scalef_ps((__m512)power_of_fraction((vf)_mm512_sub_ps(exponent, whole)), whole);                  \
    })
#include "simd_kernels.h"

INLINE float horizontal_sum(vf x) { return _mm512_reduce_add_ps((__m512)x); }

INLINE __m512 pair_totals(vf x, vf y) {
    __m512 a = (__m512)x, b = (__m512)y;
    return _mm512_add_ps(_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b));
}
INLINE quad quad_totals(const vf x[4]) {
    __m512d first = (__m512d)pair_totals(x[0], x[1]), last = (__m512d)pair_totals(x[2], x[3]);
    __m512 all = _mm512_add_ps((__m512)_mm512_unpacklo_pd(first, last), (__m512)_mm512_unpackhi_pd(first, last));
    __m256 half = _mm256_add_ps(_mm512_castps512_ps256(all), _mm512_extractf32x8_ps(all, 1));
    return (quad)_mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
}

INLINE sums8 block_products(bytes32 w, bytes32 a) {
    __m256i magnitude = _mm256_abs_epi8((__m256i)w), other = _mm256_sign_epi8((__m256i)a, (__m256i)w);
    return (sums8)_mm256_dpbusd_epi32(_mm256_setzero_si256(), magnitude, other);
}

#pragma clang attribute pop
#endif
