#include "CSpeexDSP.h"

#include <dlfcn.h>
#include <pthread.h>
#include <speex/speex_echo.h>
#include <speex/speex_preprocess.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// Name, result and parameters of each function that is taken from the library.
#define FUNCTIONS(F)                                                                                    \
    F(speex_echo_state_init, SpeexEchoState *, (int frame, int tail))                                   \
    F(speex_echo_state_destroy, void, (SpeexEchoState *))                                               \
    F(speex_echo_cancellation, void,                                                                    \
      (SpeexEchoState *, const spx_int16_t *heard, const spx_int16_t *played, spx_int16_t *cleaned))    \
    F(speex_echo_ctl, int, (SpeexEchoState *, int request, void *value))                                \
    F(speex_preprocess_state_init, SpeexPreprocessState *, (int frame, int rate))                       \
    F(speex_preprocess_state_destroy, void, (SpeexPreprocessState *))                                   \
    F(speex_preprocess_run, int, (SpeexPreprocessState *, spx_int16_t *frame))                          \
    F(speex_preprocess_ctl, int, (SpeexPreprocessState *, int request, void *value))

static struct {
#define POINTER(name, result, parameters) result(*name) parameters;
    FUNCTIONS(POINTER)
#undef POINTER
    int ready;
    char reason[256];
} library;

static pthread_once_t once = PTHREAD_ONCE_INIT;

struct hearsay_cleaner {
    SpeexEchoState *echo;
    SpeexPreprocessState *preprocess;
    int frame;
};

static void load(void) {
    void *handle = dlopen("libspeexdsp.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        const char *reason = dlerror();
        snprintf(library.reason, sizeof library.reason, "%s", reason ? reason : "libspeexdsp.so.1 not found");
        return;
    }
#define SYMBOL(name, ...)                                                                               \
    *(void **)&library.name = dlsym(handle, #name);                                                     \
    if (!library.name) {                                                                                \
        snprintf(library.reason, sizeof library.reason, "libspeexdsp.so.1 lacks " #name);               \
        return;                                                                                         \
    }
    FUNCTIONS(SYMBOL)
#undef SYMBOL
    library.ready = 1;
}

int hearsay_speexdsp_load(char *message, size_t capacity) {
    pthread_once(&once, load);
    if (!library.ready) snprintf(message, capacity, "%s", library.reason);
    return library.ready ? 0 : -1;
}

hearsay_cleaner *hearsay_cleaner_create(int frame, int tail, int rate, int noise) {
    hearsay_cleaner *cleaner = calloc(1, sizeof *cleaner);
    if (!cleaner) return NULL;
    cleaner->frame = frame;
    if (tail > 0) {
        cleaner->echo = library.speex_echo_state_init(frame, tail);
        if (cleaner->echo) library.speex_echo_ctl(cleaner->echo, SPEEX_ECHO_SET_SAMPLING_RATE, &rate);
    }
    cleaner->preprocess = library.speex_preprocess_state_init(frame, rate);
    if ((tail > 0 && !cleaner->echo) || !cleaner->preprocess) {
        hearsay_cleaner_destroy(cleaner);
        return NULL;
    }
    // The preprocessor also takes out what the linear canceller leaves of an echo, so it runs without denoising too.
    int denoises = noise < 0;
    library.speex_preprocess_ctl(cleaner->preprocess, SPEEX_PREPROCESS_SET_DENOISE, &denoises);
    if (denoises) library.speex_preprocess_ctl(cleaner->preprocess, SPEEX_PREPROCESS_SET_NOISE_SUPPRESS, &noise);
    library.speex_preprocess_ctl(cleaner->preprocess, SPEEX_PREPROCESS_SET_ECHO_STATE, cleaner->echo);
    return cleaner;
}

void hearsay_cleaner_destroy(hearsay_cleaner *cleaner) {
    if (!cleaner) return;
    if (cleaner->preprocess) library.speex_preprocess_state_destroy(cleaner->preprocess);
    if (cleaner->echo) library.speex_echo_state_destroy(cleaner->echo);
    free(cleaner);
}

void hearsay_cleaner_process(hearsay_cleaner *cleaner, const int16_t *heard, const int16_t *played, int16_t *cleaned) {
    if (cleaner->echo && played) {
        library.speex_echo_cancellation(cleaner->echo, heard, played, cleaned);
    } else {
        memcpy(cleaned, heard, (size_t)cleaner->frame * sizeof *cleaned);
    }
    library.speex_preprocess_run(cleaner->preprocess, cleaned);
}
