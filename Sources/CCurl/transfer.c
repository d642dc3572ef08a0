#include "CCurl.h"

// The older, numeric protocol options below are meant: see there.
#define CURL_DISABLE_DEPRECATION
#include <curl/curl.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <strings.h>

static struct {
    CURLcode (*global_init)(long);
    CURL *(*easy_init)(void);
    CURLcode (*easy_setopt)(CURL *, CURLoption, ...);
    CURLcode (*easy_perform)(CURL *);
    void (*easy_cleanup)(CURL *);
    const char *(*easy_strerror)(CURLcode);
    struct curl_slist *(*slist_append)(struct curl_slist *, const char *);
    void (*slist_free_all)(struct curl_slist *);
    int ready;
    char reason[256];
} library;

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void) {
    void *handle = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    if (!handle) handle = dlopen("libcurl-gnutls.so.4", RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        const char *reason = dlerror();
        snprintf(library.reason, sizeof library.reason, "%s", reason ? reason : "libcurl.so.4 not found");
        return;
    }
#define SYMBOL(name)                                                                    \
    *(void **)&library.name = dlsym(handle, "curl_" #name);                             \
    if (!library.name) {                                                                \
        snprintf(library.reason, sizeof library.reason, "libcurl lacks curl_" #name);   \
        return;                                                                         \
    }
    SYMBOL(global_init)
    SYMBOL(easy_init)
    SYMBOL(easy_setopt)
    SYMBOL(easy_perform)
    SYMBOL(easy_cleanup)
    SYMBOL(easy_strerror)
    SYMBOL(slist_append)
    SYMBOL(slist_free_all)
#undef SYMBOL
    library.ready = library.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    if (!library.ready) snprintf(library.reason, sizeof library.reason, "libcurl could not be set up");
}

static size_t header_line(char *bytes, size_t size, size_t count, void *context) {
    const hearsay_http_request *request = context;
    const size_t length = size * count;
    return request->on_header(request->context, (const uint8_t *)bytes, length) ? 0 : length;
}

static size_t body_bytes(char *bytes, size_t size, size_t count, void *context) {
    const hearsay_http_request *request = context;
    const size_t length = size * count;

    return request->on_body(request->context, (const uint8_t *)bytes, length) ? CURL_WRITEFUNC_ERROR : length;
}

static int progress(void *context, curl_off_t total, curl_off_t now, curl_off_t up_total, curl_off_t up_now) {
    (void)total, (void)now, (void)up_total, (void)up_now;
    const hearsay_http_request *request = context;
    return request->should_stop(request->context);
}

static hearsay_http_outcome outcome(CURLcode code) {
    switch (code) {
    case CURLE_OK: return HEARSAY_HTTP_OK;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL: return HEARSAY_HTTP_BAD_URL;
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT: return HEARSAY_HTTP_UNREACHABLE;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE: return HEARSAY_HTTP_TLS;
    case CURLE_PARTIAL_FILE:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM: return HEARSAY_HTTP_INTERRUPTED;
    case CURLE_WRITE_ERROR:
    case CURLE_ABORTED_BY_CALLBACK: return HEARSAY_HTTP_STOPPED;
    default: return HEARSAY_HTTP_OTHER;
    }
}

hearsay_http_outcome hearsay_http_get(const hearsay_http_request *request, char *message, size_t capacity) {
    pthread_once(&once, load);
    if (!library.ready) {
        snprintf(message, capacity, "%s", library.reason);
        return HEARSAY_HTTP_NO_LIBRARY;
    }
    CURL *handle = library.easy_init();
    if (!handle) {
        snprintf(message, capacity, "libcurl gave no handle");
        return HEARSAY_HTTP_OTHER;
    }
    struct curl_slist *lines = NULL;
    for (const char *const *line = request->headers; *line; line++) lines = library.slist_append(lines, *line);

    char reason[CURL_ERROR_SIZE] = "";
    const int encrypted = strncasecmp(request->url, "https:", 6) == 0;
    CURLcode (*set)(CURL *, CURLoption, ...) = library.easy_setopt;
    set(handle, CURLOPT_ERRORBUFFER, reason);
    set(handle, CURLOPT_URL, request->url);
    set(handle, CURLOPT_HTTPHEADER, lines);
    set(handle, CURLOPT_USERAGENT, "hearsay");
    set(handle, CURLOPT_FOLLOWLOCATION, 1L);
    set(handle, CURLOPT_MAXREDIRS, 8L);
    // The numeric form: the textual one came with 7.85, and older libraries are still in use.
    set(handle, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
    // A redirect must not leave encryption behind.
    set(handle, CURLOPT_REDIR_PROTOCOLS, (long)(encrypted ? CURLPROTO_HTTPS : CURLPROTO_HTTP | CURLPROTO_HTTPS));
    set(handle, CURLOPT_CONNECTTIMEOUT, request->connect_timeout);
    set(handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
    set(handle, CURLOPT_LOW_SPEED_TIME, request->stall_timeout);
    set(handle, CURLOPT_NOSIGNAL, 1L);
    set(handle, CURLOPT_BUFFERSIZE, 256L * 1024);
    set(handle, CURLOPT_HEADERFUNCTION, header_line);
    set(handle, CURLOPT_HEADERDATA, request);
    set(handle, CURLOPT_WRITEFUNCTION, body_bytes);
    set(handle, CURLOPT_WRITEDATA, request);
    set(handle, CURLOPT_NOPROGRESS, 0L);
    set(handle, CURLOPT_XFERINFOFUNCTION, progress);
    set(handle, CURLOPT_XFERINFODATA, request);

    const CURLcode code = library.easy_perform(handle);
    snprintf(message, capacity, "%s", reason[0] ? reason : library.easy_strerror(code));
    library.slist_free_all(lines);
    library.easy_cleanup(handle);
    return outcome(code);
}
