// One HTTP GET through libcurl, which is opened only when a download is asked for: a program linked with libcurl
// loads some thirty libraries at every start.
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef struct {
    const char *url;
    /// Request header lines, the last pointer NULL.
    const char *const *headers;
    /// Seconds to connect.
    long connect_timeout;
    /// Seconds without a single byte, after which the transfer is given up.
    long stall_timeout;
    void *context;
    /// Each header line of each response, redirects included; nonzero stops the transfer.
    int32_t (*on_header)(void *context, const uint8_t *line, size_t count);
    /// The body of the last response; nonzero stops the transfer.
    int32_t (*on_body)(void *context, const uint8_t *bytes, size_t count);
    /// Asked about once a second and more often while bytes arrive; nonzero stops the transfer.
    int32_t (*should_stop)(void *context);
} hearsay_http_request;

typedef enum {
    HEARSAY_HTTP_OK = 0,
    /// libcurl is not installed.
    HEARSAY_HTTP_NO_LIBRARY,
    /// The address could not be understood.
    HEARSAY_HTTP_BAD_URL,
    /// The host could not be found or reached, or the proxy could not.
    HEARSAY_HTTP_UNREACHABLE,
    /// The certificate was refused or TLS failed.
    HEARSAY_HTTP_TLS,
    /// The connection broke or stalled in the middle; trying again may help.
    HEARSAY_HTTP_INTERRUPTED,
    /// A callback stopped it.
    HEARSAY_HTTP_STOPPED,
    HEARSAY_HTTP_OTHER,
} hearsay_http_outcome;

/// Runs the request in this thread. `message` (of `capacity` bytes) receives libcurl's words about a failure.
/// Proxies come from the environment (`https_proxy`, `no_proxy`, …), certificates from the system.
hearsay_http_outcome hearsay_http_get(const hearsay_http_request *request, char *message, size_t capacity);
