#define _GNU_SOURCE
#include "CALSA.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>

/// Name, result, parameters and arguments of each function that is taken from the library.
#define FUNCTIONS(F)                                                                                                  \
    F(snd_strerror, const char *, (int error), (error))                                                               \
    F(snd_pcm_open, int, (snd_pcm_t **pcm, const char *name, snd_pcm_stream_t stream, int mode),                      \
      (pcm, name, stream, mode))                                                                                      \
    F(snd_pcm_close, int, (snd_pcm_t *pcm), (pcm))                                                                    \
    F(snd_pcm_prepare, int, (snd_pcm_t *pcm), (pcm))                                                                  \
    F(snd_pcm_start, int, (snd_pcm_t *pcm), (pcm))                                                                    \
    F(snd_pcm_drop, int, (snd_pcm_t *pcm), (pcm))                                                                     \
    F(snd_pcm_drain, int, (snd_pcm_t *pcm), (pcm))                                                                    \
    F(snd_pcm_nonblock, int, (snd_pcm_t *pcm, int nonblock), (pcm, nonblock))                                         \
    F(snd_pcm_wait, int, (snd_pcm_t *pcm, int milliseconds), (pcm, milliseconds))                                     \
    F(snd_pcm_resume, int, (snd_pcm_t *pcm), (pcm))                                                                   \
    F(snd_pcm_recover, int, (snd_pcm_t *pcm, int error, int silent), (pcm, error, silent))                            \
    F(snd_pcm_delay, int, (snd_pcm_t *pcm, snd_pcm_sframes_t *frames), (pcm, frames))                                 \
    F(snd_pcm_state, snd_pcm_state_t, (snd_pcm_t *pcm), (pcm))                                                        \
    F(snd_pcm_avail_update, snd_pcm_sframes_t, (snd_pcm_t *pcm), (pcm))                                               \
    F(snd_pcm_writei, snd_pcm_sframes_t, (snd_pcm_t *pcm, const void *frames, snd_pcm_uframes_t count),               \
      (pcm, frames, count))                                                                                           \
    F(snd_pcm_readi, snd_pcm_sframes_t, (snd_pcm_t *pcm, void *frames, snd_pcm_uframes_t count), (pcm, frames, count)) \
    F(snd_device_name_hint, int, (int card, const char *interface, void ***hints), (card, interface, hints))          \
    F(snd_device_name_free_hint, int, (void **hints), (hints))                                                        \
    F(snd_device_name_get_hint, char *, (const void *hint, const char *name), (hint, name))                           \
    F(snd_pcm_hw_params_malloc, int, (snd_pcm_hw_params_t **params), (params))                                        \
    F(snd_pcm_hw_params_any, int, (snd_pcm_t *pcm, snd_pcm_hw_params_t *params), (pcm, params))                       \
    F(snd_pcm_hw_params_set_access, int, (snd_pcm_t *pcm, snd_pcm_hw_params_t *params, snd_pcm_access_t access),      \
      (pcm, params, access))                                                                                          \
    F(snd_pcm_hw_params_set_format, int, (snd_pcm_t *pcm, snd_pcm_hw_params_t *params, snd_pcm_format_t format),      \
      (pcm, params, format))                                                                                          \
    F(snd_pcm_hw_params_set_channels_near, int, (snd_pcm_t *pcm, snd_pcm_hw_params_t *params, unsigned *channels),    \
      (pcm, params, channels))                                                                                        \
    F(snd_pcm_hw_params_set_rate_resample, int, (snd_pcm_t *pcm, snd_pcm_hw_params_t *params, unsigned enabled),      \
      (pcm, params, enabled))                                                                                         \
    F(snd_pcm_hw_params_set_rate_near, int,                                                                           \
      (snd_pcm_t *pcm, snd_pcm_hw_params_t *params, unsigned *rate, int *direction), (pcm, params, rate, direction))  \
    F(snd_pcm_hw_params_set_buffer_time_near, int,                                                                    \
      (snd_pcm_t *pcm, snd_pcm_hw_params_t *params, unsigned *microseconds, int *direction),                          \
      (pcm, params, microseconds, direction))                                                                         \
    F(snd_pcm_hw_params_set_period_time_near, int,                                                                    \
      (snd_pcm_t *pcm, snd_pcm_hw_params_t *params, unsigned *microseconds, int *direction),                          \
      (pcm, params, microseconds, direction))                                                                         \
    F(snd_pcm_hw_params, int, (snd_pcm_t *pcm, snd_pcm_hw_params_t *params), (pcm, params))                           \
    F(snd_pcm_hw_params_get_buffer_size, int, (const snd_pcm_hw_params_t *params, snd_pcm_uframes_t *frames),         \
      (params, frames))                                                                                               \
    F(snd_pcm_hw_params_get_period_size, int,                                                                         \
      (const snd_pcm_hw_params_t *params, snd_pcm_uframes_t *frames, int *direction), (params, frames, direction))    \
    F(snd_pcm_sw_params_malloc, int, (snd_pcm_sw_params_t **params), (params))                                        \
    F(snd_pcm_sw_params_current, int, (snd_pcm_t *pcm, snd_pcm_sw_params_t *params), (pcm, params))                   \
    F(snd_pcm_sw_params_set_start_threshold, int,                                                                     \
      (snd_pcm_t *pcm, snd_pcm_sw_params_t *params, snd_pcm_uframes_t frames), (pcm, params, frames))                 \
    F(snd_pcm_sw_params_set_avail_min, int,                                                                           \
      (snd_pcm_t *pcm, snd_pcm_sw_params_t *params, snd_pcm_uframes_t frames), (pcm, params, frames))                 \
    F(snd_pcm_sw_params, int, (snd_pcm_t *pcm, snd_pcm_sw_params_t *params), (pcm, params))

static struct {
#define POINTER(name, result, parameters, arguments) result(*name) parameters;
    FUNCTIONS(POINTER)
#undef POINTER
    void (*snd_pcm_hw_params_free)(snd_pcm_hw_params_t *);
    void (*snd_pcm_sw_params_free)(snd_pcm_sw_params_t *);
    int (*snd_lib_error_set_handler)(snd_lib_error_handler_t);
    int ready;
    char reason[256];
} library;

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void ignore(const char *file, int line, const char *function, int error, const char *format, ...) {
    (void)file, (void)line, (void)function, (void)error, (void)format;
}

static void load(void) {
    void *handle = dlopen("libasound.so.2", RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        const char *reason = dlerror();
        snprintf(library.reason, sizeof library.reason, "%s", reason ? reason : "libasound.so.2 not found");
        return;
    }
#define SYMBOL(name, ...)                                                                                             \
    *(void **)&library.name = dlsym(handle, #name);                                                                   \
    if (!library.name) {                                                                                              \
        snprintf(library.reason, sizeof library.reason, "libasound.so.2 lacks " #name);                               \
        return;                                                                                                       \
    }
    FUNCTIONS(SYMBOL)
    SYMBOL(snd_pcm_hw_params_free)
    SYMBOL(snd_pcm_sw_params_free)
    SYMBOL(snd_lib_error_set_handler)
#undef SYMBOL
    library.snd_lib_error_set_handler(ignore);
    library.ready = 1;
}

int hearsay_alsa_load(char *message, size_t capacity) {
    pthread_once(&once, load);
    if (!library.ready) snprintf(message, capacity, "%s", library.reason);
    return library.ready ? 0 : -1;
}

#define FORWARD(name, result, parameters, arguments)                                                                  \
    result hearsay_##name parameters { return library.name arguments; }
FUNCTIONS(FORWARD)

void hearsay_snd_pcm_hw_params_free(snd_pcm_hw_params_t *params) { library.snd_pcm_hw_params_free(params); }
void hearsay_snd_pcm_sw_params_free(snd_pcm_sw_params_t *params) { library.snd_pcm_sw_params_free(params); }

void hearsay_name_thread(pthread_t thread, const char *name) { pthread_setname_np(thread, name); }
