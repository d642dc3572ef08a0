// What a microphone beside a loudspeaker needs of speexdsp, which is opened only when it is asked for: echo cancellation
// and noise suppression of frames of 16-bit samples.
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef struct hearsay_cleaner hearsay_cleaner;

/// Opens the library once per process. Returns 0, or −1 with the reason in `message` (of `capacity` bytes); call no
/// other function then.
int hearsay_speexdsp_load(char *message, size_t capacity);

/// A cleaner for frames of `frame` samples at `rate` Hz.
///
/// `tail` is the longest echo in samples, or 0 to cancel none; `noise` the decibels (≤ 0) that noise is to be lowered by,
/// or 0 for none. NULL when memory is short.
hearsay_cleaner *hearsay_cleaner_create(int frame, int tail, int rate, int noise);
void hearsay_cleaner_destroy(hearsay_cleaner *cleaner);

/// Cleans one frame: what the microphone heard while the loudspeaker played `played`, which may be NULL without a tail.
void hearsay_cleaner_process(hearsay_cleaner *cleaner, const int16_t *heard, const int16_t *played, int16_t *cleaned);
