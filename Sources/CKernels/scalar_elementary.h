// What the loops share that the compiler vectorises: how a function is compiled for several processors, and elementary
// functions of one number.
#pragma once
#include <stdint.h>

// Clones are chosen while the program is being loaded, before a sanitizer's run time is ready.
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define HK_SANITIZED 1
#elif defined(__has_feature)
#define HK_SANITIZED (__has_feature(thread_sanitizer) || __has_feature(address_sanitizer))
#else
#define HK_SANITIZED 0
#endif

#if defined(__x86_64__) && defined(__linux__) && defined(__clang__) && !HK_SANITIZED
#define HK_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define HK_CLONES
#endif

/// e^x: Cody–Waite reduction, Taylor of degree 6, about 1 unit in the last place; 0 below −87, and finite at most.
static inline __attribute__((always_inline)) float exponential_of(float x) {
    x = x > -87.0f ? x : -87.0f;
    x = x < 88.0f ? x : 88.0f;
    float shifted = x * 1.44269504f + 12582912.0f; // 1.5 · 2²³: the integer lands in the low bits
    float n = shifted - 12582912.0f;
    float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
    float p = 1.0f / 720;
    p = p * r + 1.0f / 120;
    p = p * r + 1.0f / 24;
    p = p * r + 1.0f / 6;
    p = p * r + 0.5f;
    p = p * r + 1.0f;
    p = p * r + 1.0f;
    uint32_t bits, shift;
    __builtin_memcpy(&bits, &p, sizeof bits);
    __builtin_memcpy(&shift, &shifted, sizeof shift);
    bits += shift << 23;
    __builtin_memcpy(&p, &bits, sizeof p);
    return p;
}
