// libcurl (curl licence), Debian package libcurl4-openssl-dev.
#ifndef SITEWATCH_CCURL_SHIM_H
#define SITEWATCH_CCURL_SHIM_H

#include <curl/curl.h>

// curl_easy_setopt is variadic, which Swift does not import: one typed door per kind of argument.
typedef size_t (*sitewatch_curl_transfer)(char *bytes, size_t size, size_t count, void *context);

static inline CURLcode sitewatch_curl_set_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode sitewatch_curl_set_string(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode sitewatch_curl_set_pointer(CURL *handle, CURLoption option, void *value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode sitewatch_curl_set_transfer(
    CURL *handle, CURLoption option, sitewatch_curl_transfer value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode sitewatch_curl_get_long(CURL *handle, CURLINFO info, long *value) {
    return curl_easy_getinfo(handle, info, value);
}

#endif
