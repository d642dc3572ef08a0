// What playing and recording need of ALSA's library, which is opened only when sound is asked for: programs that only
// read and write files run on machines without it. Each function here is the one of the same name in alsa-lib.
#pragma once
#include <alsa/asoundlib.h>
#include <pthread.h>
#include <stddef.h>

/// Opens the library once per process. Returns 0, or −1 with the reason in `message` (of `capacity` bytes); call no
/// other function then. Also silences what alsa-lib would print to standard error.
int hearsay_alsa_load(char *message, size_t capacity);

const char *hearsay_snd_strerror(int error);
int hearsay_snd_pcm_open(snd_pcm_t **pcm, const char *name, snd_pcm_stream_t stream, int mode);
int hearsay_snd_pcm_close(snd_pcm_t *pcm);
int hearsay_snd_pcm_prepare(snd_pcm_t *pcm);
int hearsay_snd_pcm_start(snd_pcm_t *pcm);
int hearsay_snd_pcm_drop(snd_pcm_t *pcm);
int hearsay_snd_pcm_drain(snd_pcm_t *pcm);
int hearsay_snd_pcm_nonblock(snd_pcm_t *pcm, int nonblock);
int hearsay_snd_pcm_wait(snd_pcm_t *pcm, int milliseconds);
int hearsay_snd_pcm_resume(snd_pcm_t *pcm);
int hearsay_snd_pcm_recover(snd_pcm_t *pcm, int error, int silent);
int hearsay_snd_pcm_delay(snd_pcm_t *pcm, snd_pcm_sframes_t *frames);
snd_pcm_state_t hearsay_snd_pcm_state(snd_pcm_t *pcm);
snd_pcm_sframes_t hearsay_snd_pcm_avail_update(snd_pcm_t *pcm);
snd_pcm_sframes_t hearsay_snd_pcm_writei(snd_pcm_t *pcm, const void *frames, snd_pcm_uframes_t count);
snd_pcm_sframes_t hearsay_snd_pcm_readi(snd_pcm_t *pcm, void *frames, snd_pcm_uframes_t count);

int hearsay_snd_device_name_hint(int card, const char *interface, void ***hints);
int hearsay_snd_device_name_free_hint(void **hints);
char *hearsay_snd_device_name_get_hint(const void *hint, const char *name);

int hearsay_snd_pcm_hw_params_malloc(snd_pcm_hw_params_t **params);
void hearsay_snd_pcm_hw_params_free(snd_pcm_hw_params_t *params);
int hearsay_snd_pcm_hw_params_any(snd_pcm_t *pcm, snd_pcm_hw_params_t *params);
int hearsay_snd_pcm_hw_params_set_access(snd_pcm_t *pcm, snd_pcm_hw_params_t *params, snd_pcm_access_t access);
int hearsay_snd_pcm_hw_params_set_format(snd_pcm_t *pcm, snd_pcm_hw_params_t *params, snd_pcm_format_t format);
int hearsay_snd_pcm_hw_params_set_channels_near(snd_pcm_t *pcm, snd_pcm_hw_params_t *params, unsigned *channels);
int hearsay_snd_pcm_hw_params_set_rate_resample(snd_pcm_t *pcm, snd_pcm_hw_params_t *params, unsigned enabled);
int hearsay_snd_pcm_hw_params_set_rate_near(snd_pcm_t *pcm, snd_pcm_hw_params_t *params, unsigned *rate, int *direction);
int hearsay_snd_pcm_hw_params_set_buffer_time_near(snd_pcm_t *pcm, snd_pcm_hw_params_t *params, unsigned *microseconds,
    int *direction);
int hearsay_snd_pcm_hw_params_set_period_time_near(snd_pcm_t *pcm, snd_pcm_hw_params_t *params, unsigned *microseconds,
    int *direction);
int hearsay_snd_pcm_hw_params(snd_pcm_t *pcm, snd_pcm_hw_params_t *params);
int hearsay_snd_pcm_hw_params_get_buffer_size(const snd_pcm_hw_params_t *params, snd_pcm_uframes_t *frames);
int hearsay_snd_pcm_hw_params_get_period_size(const snd_pcm_hw_params_t *params, snd_pcm_uframes_t *frames,
    int *direction);

int hearsay_snd_pcm_sw_params_malloc(snd_pcm_sw_params_t **params);
void hearsay_snd_pcm_sw_params_free(snd_pcm_sw_params_t *params);
int hearsay_snd_pcm_sw_params_current(snd_pcm_t *pcm, snd_pcm_sw_params_t *params);
int hearsay_snd_pcm_sw_params_set_start_threshold(snd_pcm_t *pcm, snd_pcm_sw_params_t *params, snd_pcm_uframes_t frames);
int hearsay_snd_pcm_sw_params_set_avail_min(snd_pcm_t *pcm, snd_pcm_sw_params_t *params, snd_pcm_uframes_t frames);
int hearsay_snd_pcm_sw_params(snd_pcm_t *pcm, snd_pcm_sw_params_t *params);

/// The name, of at most 15 bytes, that top(1) and debuggers show for a thread that plays or records. Swift's C library
/// module lacks the function.
void hearsay_name_thread(pthread_t thread, const char *name);
