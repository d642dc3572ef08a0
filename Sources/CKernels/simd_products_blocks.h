// Products of few rows with ggml's blocks of 32 weights, read in place: the activations are quantised row by row, each
// block is unpacked to signed bytes, multiplied as integers and scaled. Part of simd_kernels.h.
//
// The including file provides block_products(w, a): 8 partial sums of 32 products of signed bytes.

typedef int8_t bytes32 __attribute__((vector_size(32)));
typedef int8_t bytes32_loose __attribute__((vector_size(32), aligned(1), may_alias));
typedef uint8_t bytes16 __attribute__((vector_size(16)));
typedef uint8_t bytes16_loose __attribute__((vector_size(16), aligned(1), may_alias));
typedef uint32_t words8 __attribute__((vector_size(32)));
typedef int32_t sums8 __attribute__((vector_size(32)));
typedef float floats8 __attribute__((vector_size(32)));

INLINE sums8 block_products(bytes32 w, bytes32 a);

INLINE float half_at(const uint8_t *p) {
    _Float16 half;
    memcpy(&half, p, 2);
    return (float)half;
}

INLINE bytes32 nibbles(const uint8_t *p) {
    bytes16 packed = *(const bytes16_loose *)p;
    return (bytes32)__builtin_shufflevector(packed & 15, packed >> 4, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
                                            15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31);
}

/// 16 where bit i of the word is set, for each byte i.
INLINE bytes32 fifth_bits(const uint8_t *p) {
    uint32_t bits;
    memcpy(&bits, p, 4);
    bytes32 spread = (bytes32)((words8){} + bits);
    spread = __builtin_shufflevector(spread, spread, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2,
                                     2, 3, 3, 3, 3, 3, 3, 3, 3);
    bytes32 select = {1, 2, 4, 8, 16, 32, 64, -128, 1, 2, 4, 8, 16, 32, 64, -128,
                      1, 2, 4, 8, 16, 32, 64, -128, 1, 2, 4, 8, 16, 32, 64, -128};
    return (bytes32)((spread & select) != 0) & 16;
}

/// A block as weight = scale · byte + minimum; type is a constant.
INLINE bytes32 unpack_block(hk_type type, const uint8_t *block, float *scale, float *minimum) {
    *scale = half_at(block);
    *minimum = type == HK_Q4_1 || type == HK_Q5_1 ? half_at(block + 2) : 0;
    switch (type) {
    case HK_Q4_0: return nibbles(block + 2) - 8;
    case HK_Q4_1: return nibbles(block + 4);
    case HK_Q5_0: return (nibbles(block + 6) | fifth_bits(block + 2)) - 16;
    case HK_Q5_1: return nibbles(block + 8) | fifth_bits(block + 4);
    default: return *(const bytes32_loose *)(block + 2);
    }
}

enum { BLOCK_INPUTS = 4 };

INLINE void dot_blocks(hk_type type, int inputs, const uint8_t *row, int64_t blocks, int64_t block_bytes,
                       const int8_t *x, int64_t ldx, const int32_t *block_sums, int64_t sums_stride,
                       float products[BLOCK_INPUTS]) {
    floats8 acc[BLOCK_INPUTS];
    float minima[BLOCK_INPUTS] = {0};
    for (int i = 0; i < inputs; i++) acc[i] = (floats8){};
    for (int64_t b = 0; b < blocks; b++) {
        float scale, minimum;
        bytes32 w = unpack_block(type, row + b * block_bytes, &scale, &minimum);
        for (int i = 0; i < inputs; i++) {
            bytes32 a = *(const bytes32_loose *)(x + i * ldx + b * 32);
            acc[i] += __builtin_convertvector(block_products(w, a), floats8) * scale;
            if (type == HK_Q4_1 || type == HK_Q5_1) minima[i] += minimum * (float)block_sums[i * sums_stride + b];
        }
    }
    for (int i = 0; i < inputs; i++) {
        floats8 s = acc[i];
        products[i] = ((s[0] + s[4]) + (s[1] + s[5])) + ((s[2] + s[6]) + (s[3] + s[7])) + minima[i];
    }
}

INLINE void dot_rows_blocks_as(hk_type type, const hk_matrix *w, int64_t n0, int64_t n1, const hk_rows_i8 *x, int64_t m,
                               const float *bias, int flags, float *y, int64_t ldy) {
    int64_t blocks = w->columns / 32, block_bytes = blocks ? w->row_bytes / blocks : 0;
    for (int64_t n = n0; n < n1; n++) {
        const uint8_t *row = (const uint8_t *)w->data + n * w->row_bytes;
        for (int64_t i = 0; i < m; i += BLOCK_INPUTS) {
            int inputs = m - i >= BLOCK_INPUTS ? BLOCK_INPUTS : (int)(m - i);
            const int8_t *in = x->values + i * x->stride;
            const int32_t *sums = x->block_sums + i * x->sums_stride;
            float products[BLOCK_INPUTS];
#define CASE(I)                                                                                                        \
    if (inputs == I) dot_blocks(type, I, row, blocks, block_bytes, in, x->stride, sums, x->sums_stride, products);
            CASE(1) CASE(2) CASE(3) CASE(4)
#undef CASE
            for (int j = 0; j < inputs; j++) {
                float *out = y + (i + j) * ldy + n;
                *out = finish_one(products[j] * x->scales[i + j], bias ? bias[n] : 0, flags, *out);
            }
        }
    }
}

static void dot_rows_blocks(const hk_matrix *w, int64_t n0, int64_t n1, const hk_rows_i8 *x, int64_t m,
                            const float *bias, int flags, float *scratch, float *y, int64_t ldy) {
    (void)scratch;
#define CASE(T)                                                                                                        \
    case T: dot_rows_blocks_as(T, w, n0, n1, x, m, bias, flags, y, ldy); break;
    switch (w->type) {
        CASE(HK_Q4_0) CASE(HK_Q4_1) CASE(HK_Q5_0) CASE(HK_Q5_1)
    default: dot_rows_blocks_as(HK_Q8_0, w, n0, n1, x, m, bias, flags, y, ldy);
    }
#undef CASE
}
