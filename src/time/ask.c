/*
 * ask.c - asks an authority for a time stamp.
 */
#include <curl/curl.h>

#include "time/time.h"

#define CONNECT_SECONDS 15L

struct taking {
    struct sheaf_buf *out;
    bool much;
};

static size_t
take(char *data, size_t size, size_t count, void *arg)
{
    struct taking *t = arg;
    size_t len = size * count;

    t->much = t->much || len > REPLY_MAX || t->out->len > REPLY_MAX - len;
    return !t->much && buf_add(t->out, data, len) ? len : 0;
}

static void
set_options(CURL *curl, const char *url, long seconds,
            struct sheaf_bytes query, struct taking *taking,
            struct curl_slist *headers)
{
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, (const char *)query.data);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)query.len);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, taking);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_FAILONERROR, 0L);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, seconds);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "sheaf/" SHEAF_VERSION);
#if LIBCURL_VERSION_NUM >= 0x075500
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS,
                     (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

void
ask(const char *url, long seconds, struct sheaf_bytes query,
    struct sheaf_buf *reply)
{
    struct taking taking = { .out = reply };
    struct curl_slist *headers = NULL;
    char why[CURL_ERROR_SIZE] = "";
    long status = 0;
    CURLcode rc;
    CURL *curl = curl_easy_init();

    headers = curl_slist_append(headers,
                                "Content-Type: application/timestamp-query");
    if (curl == NULL || headers == NULL)
        fail(FAILED, "libcurl does not start");
    set_options(curl, url, seconds, query, &taking, headers);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why);
    rc = curl_easy_perform(curl);
    if (taking.much)
        fail(FAILED, "the reply is longer than %zu bytes", REPLY_MAX);
    if (rc != CURLE_OK)
        fail(FAILED, "%s", why[0] != '\0' ? why : curl_easy_strerror(rc));
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200)
        fail(FAILED, "the server answers with status %ld", status);
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
}
