#include "CEspeak.h"

#include <dlfcn.h>
#include <espeak-ng/espeak_ng.h>
#include <espeak-ng/speak_lib.h>
#include <string.h>

static struct {
    espeak_ng_STATUS (*ng_InitializeOutput)(espeak_ng_OUTPUT_MODE, int, const char *);
    int (*ng_GetSampleRate)(void);
    void (*SetSynthCallback)(t_espeak_callback *);
    espeak_ERROR (*SetParameter)(espeak_PARAMETER, int, int);
    espeak_ERROR (*Synth)(const void *, size_t, unsigned, espeak_POSITION_TYPE, unsigned, unsigned, unsigned *, void *);
    int (*take)(const int16_t *, size_t);
} library;

static int pass_on(short *samples, int count, espeak_EVENT *events) {
    (void)events;
    return samples && count > 0 ? library.take(samples, (size_t)count) : 0;
}

int32_t hearsay_espeak_open_sound(void) {
    void *handle = dlopen("libespeak-ng.so.1", RTLD_LAZY | RTLD_LOCAL);
    if (!handle) return 0;
#define SYMBOL(name)                                          \
    *(void **)&library.name = dlsym(handle, "espeak_" #name); \
    if (!library.name) return 0;
    SYMBOL(ng_InitializeOutput)
    SYMBOL(ng_GetSampleRate)
    SYMBOL(SetSynthCallback)
    SYMBOL(SetParameter)
    SYMBOL(Synth)
#undef SYMBOL
    // This looks for a sound server, too, which a process that may not connect to one does not find.
    if (library.ng_InitializeOutput(ENOUTPUT_MODE_SYNCHRONOUS, 0, NULL) != ENS_OK) return 0;
    library.SetSynthCallback(pass_on);
    return library.ng_GetSampleRate();
}

void hearsay_espeak_speak(
    const char *text, hearsay_espeak_manner manner, int (*take)(const int16_t *samples, size_t count)) {
    library.take = take;
    library.SetParameter(espeakRATE, manner.words_per_minute, 0);
    library.SetParameter(espeakPITCH, manner.pitch, 0);
    library.SetParameter(espeakRANGE, manner.range, 0);
    library.Synth(text, strlen(text) + 1, 0, POS_CHARACTER, 0, espeakCHARS_UTF8, NULL, NULL);
}
