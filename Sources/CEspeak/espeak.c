#include "CEspeak.h"

#include <dlfcn.h>
#include <espeak-ng/espeak_ng.h>
#include <espeak-ng/speak_lib.h>
#include <stdio.h>

static struct {
    void (*ng_InitializePath)(const char *);
    espeak_ng_STATUS (*ng_Initialize)(espeak_ng_ERROR_CONTEXT *);
    void (*ng_ClearErrorContext)(espeak_ng_ERROR_CONTEXT *);
    const espeak_VOICE **(*ListVoices)(espeak_VOICE *);
    espeak_ERROR (*SetVoiceByName)(const char *);
    const char *(*TextToPhonemes)(const void **, int, int);
    const char *(*Info)(const char **);
    const espeak_VOICE **voices;
    int asked;
    hearsay_espeak_outcome outcome;
    char reason[256];
} library;

static hearsay_espeak_outcome load(void) {
    void *handle = dlopen("libespeak-ng.so.1", RTLD_LAZY | RTLD_LOCAL);
    if (!handle) {
        const char *reason = dlerror();
        snprintf(library.reason, sizeof library.reason, "%s", reason ? reason : "libespeak-ng.so.1 not found");
        return HEARSAY_ESPEAK_NO_LIBRARY;
    }
#define SYMBOL(name)                                                                          \
    *(void **)&library.name = dlsym(handle, "espeak_" #name);                                 \
    if (!library.name) {                                                                      \
        snprintf(library.reason, sizeof library.reason, "libespeak-ng lacks espeak_" #name);  \
        return HEARSAY_ESPEAK_NO_LIBRARY;                                                     \
    }
    SYMBOL(ng_InitializePath)
    SYMBOL(ng_Initialize)
    SYMBOL(ng_ClearErrorContext)
    SYMBOL(ListVoices)
    SYMBOL(SetVoiceByName)
    SYMBOL(TextToPhonemes)
    SYMBOL(Info)
#undef SYMBOL
    // Not espeak_Initialize, which connects to the sound server even where no sound is asked for.
    espeak_ng_ERROR_CONTEXT context = NULL;
    library.ng_InitializePath(NULL);
    if (library.ng_Initialize(&context) != ENS_OK) {
        library.ng_ClearErrorContext(&context);
        snprintf(library.reason, sizeof library.reason, "espeak-ng finds none of its data");
        return HEARSAY_ESPEAK_NO_DATA;
    }
    return HEARSAY_ESPEAK_OK;
}

hearsay_espeak_outcome hearsay_espeak_open(char *message, size_t capacity) {
    if (!library.asked) library.outcome = load();
    library.asked = 1;
    snprintf(message, capacity, "%s", library.reason);
    return library.outcome;
}

const char *hearsay_espeak_data(void) {
    const char *path = NULL;
    if (library.Info) library.Info(&path);
    return path;
}

int32_t hearsay_espeak_voice(size_t index, const char **identifier, const char **languages) {
    if (!library.voices) library.voices = library.ListVoices(NULL);
    // The list ends with a null pointer, and is read from its start because the caller's index proves nothing.
    for (size_t i = 0; library.voices && library.voices[i]; i++) {
        if (i < index) continue;
        *identifier = library.voices[i]->identifier;
        *languages = library.voices[i]->languages;
        return 1;
    }
    return 0;
}

int32_t hearsay_espeak_select(const char *identifier) {
    return library.SetVoiceByName(identifier) != EE_OK;
}

const char *hearsay_espeak_next(const char **text, char separator) {
    return library.TextToPhonemes(
        (const void **)text, espeakCHARS_UTF8, espeakPHONEMES_IPA | (int)(unsigned char)separator << 8);
}
