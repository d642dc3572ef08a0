// The few functions of libespeak-ng that turn text into phonemes. The library is opened when it is first used: a
// program linked with it loads libpulse and a dozen more at every start, whether it speaks or not.
//
// espeak-ng keeps its state in global variables. Nothing here may be called by two threads at once.
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef enum {
    HEARSAY_ESPEAK_OK = 0,
    /// libespeak-ng is not installed, or is not the library that it should be.
    HEARSAY_ESPEAK_NO_LIBRARY,
    /// The library is there, its data (dictionaries, voices) are not.
    HEARSAY_ESPEAK_NO_DATA,
} hearsay_espeak_outcome;

/// Opens the library and its data, once; later calls repeat the first outcome. `message` (of `capacity` bytes) receives
/// the reason of a failure.
hearsay_espeak_outcome hearsay_espeak_open(char *_Nonnull message, size_t capacity);

/// The folder of the library's data, once that is open.
const char *_Nullable hearsay_espeak_data(void);

/// The path of a voice below espeak's folder of voices, e.g. `gmw/en-US`, and its languages: a priority byte, a language
/// tag and a zero byte, repeated; then one more zero byte. Returns 0 behind the last voice. The strings live as long as
/// the process.
int32_t hearsay_espeak_voice(
    size_t index, const char *_Nullable *_Nonnull identifier, const char *_Nullable *_Nonnull languages);

/// Chooses the voice with that identifier; nonzero if that failed.
int32_t hearsay_espeak_select(const char *_Nonnull identifier);

/// Phonemes (IPA, separated by `separator`) of the next part of a text, which ends where espeak sees a clause end.
///
/// `text` is UTF-8, ends with a zero byte, and is moved behind the part, to NULL after the last one. The result lives
/// until the next call.
const char *_Nullable hearsay_espeak_next(const char *_Nullable *_Nonnull text, char separator);

// Sound. What is said before leaves traces in the library's state: who wants a text to sound the same each time speaks one
// text in a process.

/// How a text is said, in the units of `espeak_SetParameter`.
typedef struct {
    int32_t words_per_minute;
    /// 0 to 99, 50 being the voice's own pitch.
    int32_t pitch;
    /// 0 to 99, 50 being the voice's own range of pitch.
    int32_t range;
} hearsay_espeak_manner;

/// Makes the opened library ready for `hearsay_espeak_speak`; returns its sampling rate in Hz, or 0 if it makes no sound.
int32_t hearsay_espeak_open_sound(void);

/// Speaks a text in the selected voice. `text` is UTF-8 and ends with a zero byte; `take` gets piece after piece of mono
/// samples, and stops the speech by returning nonzero.
void hearsay_espeak_speak(
    const char *_Nonnull text, hearsay_espeak_manner manner,
    int (*_Nonnull take)(const int16_t *_Nonnull samples, size_t count));
