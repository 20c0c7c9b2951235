/*
 * fetch.c - requests for ranges, made at the same time, each answer checked
 * before its first byte counts.
 *
 * Never HEAD: signed addresses are signed for GET, and servers answer HEAD
 * wrongly. If-Match and never If-Range, which would send the whole new file.
 */
#include "http/http.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>

#define ACTIVE_MAX 16u
#define CONNECTIONS_MAX 4L
#define REDIRECTS_MAX 5L
#define TRIES_MAX 4u
#define TIMEOUTS_MAX 2u
/* After so many new bytes, a request that fails has all its tries again. */
#define PROGRESS_SIZE 65536u
#define BACK_OFF_MS 200u
/* The body of a refusal is read up to here, so that the connection stays. */
#define REFUSAL_MAX 16384u
/* Slower than this, in bytes a second, is as good as nothing. */
#define SPEED_MIN 256L

struct transfer {
    struct server *server;
    struct fetch *f;
    CURL *easy;
    struct curl_slist *headers;
    char range[64];
    char error[CURL_ERROR_SIZE];
    uint64_t first; /* f->got when this attempt began */
    size_t ignored; /* bytes of the body of a refusal */
    bool checked;   /* the headers are those of what was asked for */
    bool stopped;   /* by us, with ... */
    enum outcome outcome;
    bool again; /* it may help to ask again */
    unsigned tries, timeouts;
};

static CURLM *multi;

/* ---- Checking an answer -------------------------------------------------- */

static void
say_why(struct server *s, const char *what)
{
    snprintf(s->why, sizeof s->why, "%s %s", s->host, what);
}

static bool
stop(struct transfer *t, enum outcome outcome, const char *what)
{
    t->stopped = true;
    t->outcome = outcome;
    say_why(t->server, what);
    return false;
}

static uint64_t
wanted(const struct fetch *f)
{
    return f->to - f->from + 1;
}

/* Whether these are the bytes that were asked for. */
static bool
check_place(struct transfer *t)
{
    struct fetch *f = t->f;
    const struct answer *a = &f->answer;
    uint64_t len = wanted(f);

    if (!a->has_range)
        return stop(t, FETCH_OTHER,
                    "sends a part of the file, but does not "
                    "say which");
    if (f->suffix) {
        uint64_t from = a->total > len ? a->total - len : 0;

        if (a->to != a->total - 1 || a->from != from)
            return stop(t, FETCH_OTHER,
                        "sends another part of the file than "
                        "the one asked for");
        f->from = from;
        f->to = a->to;
        return true;
    }
    if (t->server->known && a->total != t->server->size)
        return stop(t, FETCH_CHANGED, "has another file at this address now");
    if (a->from != f->from + t->first || a->to != f->to)
        return stop(t, FETCH_OTHER,
                    "sends another part of the file than the "
                    "one asked for");
    return true;
}

/* Called before the first byte of a body counts. */
static bool
check_answer(struct transfer *t)
{
    const struct answer *a = &t->f->answer;
    const struct server *s = t->server;

    if (a->status == 200)
        return stop(t, FETCH_NO_RANGES,
                    "sends the whole file instead of the "
                    "part asked for: download it, and read it from there");
    if (a->coded)
        return stop(t, FETCH_FAILED,
                    "compresses the file on the way, although "
                    "asked not to: download it, and read it from there");
    if (!check_place(t))
        return false;
    if (s->known && a->tag[0] != '\0' && s->tag[0] != '\0' &&
        strcmp(a->tag, s->tag) != 0)
        return stop(t, FETCH_CHANGED, "has another file at this address now");
    t->checked = true;
    return true;
}

static size_t
on_header(char *line, size_t size, size_t count, void *arg)
{
    struct transfer *t = arg;

    if (answer_header(&t->f->answer, sheaf_view(line, size * count)))
        return size * count;
    (void)stop(t, FETCH_FAILED, "sends headers without end");
    return 0;
}

static size_t
on_body(char *data, size_t size, size_t count, void *arg)
{
    struct transfer *t = arg;
    struct fetch *f = t->f;
    size_t len = size * count;

    if (f->answer.status != 206 && f->answer.status != 200) {
        t->ignored += len;
        return t->ignored <= REFUSAL_MAX ? len : 0;
    }
    if (!t->checked && !check_answer(t))
        return 0;
    if (len > wanted(f) - f->got) {
        (void)stop(t, FETCH_FAILED, "sends more bytes than it announced");
        return 0;
    }
    memcpy(f->data + f->got, data, len);
    f->got += len;
    t->server->bytes += len;
    return len;
}

/* ---- A request ----------------------------------------------------------- */

static void
add_header(struct transfer *t, const char *name, const char *value)
{
    struct sheaf_buf line = { 0 };
    struct curl_slist *more;

    if (!buf_format(&line, "%s: %s", name, value) || !buf_end(&line))
        die("out of memory");
    more = curl_slist_append(t->headers, buf_str(&line));
    if (more == NULL)
        die("out of memory");
    t->headers = more;
    sheaf_buf_free(&line);
}

static void
add_headers(struct transfer *t)
{
    const struct server *s = t->server;

    add_header(t, "Accept-Encoding", "identity");
    if (s->known && s->strong)
        add_header(t, "If-Match", s->tag);
    if (!s->s3.used || s->s3.key == NULL)
        return;
    add_header(t, "x-amz-content-sha256", "UNSIGNED-PAYLOAD");
    if (s->s3.token != NULL)
        add_header(t, "x-amz-security-token", s->s3.token);
}

static void
set_signing(CURL *e, const struct s3 *s3)
{
    char how[128];

    if (!s3->used)
        return;
    /* A redirection would have to be signed anew, for another server. */
    curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
    if (s3->key == NULL)
        return;
    snprintf(how, sizeof how, "aws:amz:%s:s3", s3->region);
    curl_easy_setopt(e, CURLOPT_AWS_SIGV4, how);
    curl_easy_setopt(e, CURLOPT_USERNAME, s3->key);
    curl_easy_setopt(e, CURLOPT_PASSWORD, s3->secret);
}

static void
set_limits(CURL *e, const struct server *s)
{
    bool safe = strncasecmp(s->url, "https:", 6) == 0;
    const char *authorities = getenv("CURL_CA_BUNDLE");

    if (authorities == NULL)
        authorities = getenv("SSL_CERT_FILE");
    curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
    /* A redirection does not give up TLS. */
    curl_easy_setopt(e, CURLOPT_REDIR_PROTOCOLS_STR,
                     safe ? "https" : "http,https");
    curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(e, CURLOPT_MAXREDIRS, REDIRECTS_MAX);
    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT, (long)s->seconds);
    curl_easy_setopt(e, CURLOPT_LOW_SPEED_TIME, (long)s->seconds);
    curl_easy_setopt(e, CURLOPT_LOW_SPEED_LIMIT, SPEED_MIN);
    if (authorities != NULL && authorities[0] != '\0')
        curl_easy_setopt(e, CURLOPT_CAINFO, authorities);
}

static void
begin(struct transfer *t)
{
    struct fetch *f = t->f;
    CURL *e = curl_easy_init();

    if (e == NULL)
        die("out of memory");
    memset(&f->answer, 0, sizeof f->answer);
    if (f->suffix)
        f->got = 0;
    t->easy = e;
    t->first = f->got;
    t->checked = t->stopped = t->again = false;
    t->ignored = 0;
    t->error[0] = '\0';
    if (f->data == NULL)
        f->data = take_memory(wanted(f));
    if (f->suffix)
        snprintf(t->range, sizeof t->range, "-%llu",
                 (unsigned long long)wanted(f));
    else
        snprintf(t->range, sizeof t->range, "%llu-%llu",
                 (unsigned long long)(f->from + f->got),
                 (unsigned long long)f->to);
    add_headers(t);
    set_limits(e, t->server);
    set_signing(e, &t->server->s3);
    curl_easy_setopt(e, CURLOPT_URL, t->server->url);
    /* curl 8 refuses this where it signs; there it signs what it sends. */
    if (t->server->s3.key == NULL)
        curl_easy_setopt(e, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(e, CURLOPT_RANGE, t->range);
    curl_easy_setopt(e, CURLOPT_HTTPHEADER, t->headers);
    curl_easy_setopt(e, CURLOPT_USERAGENT, "sheaf/" SHEAF_VERSION);
    curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    curl_easy_setopt(e, CURLOPT_PIPEWAIT, 1L);
    curl_easy_setopt(e, CURLOPT_ERRORBUFFER, t->error);
    curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(e, CURLOPT_HEADERDATA, t);
    curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(e, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(e, CURLOPT_PRIVATE, t);
    if (curl_multi_add_handle(multi, e) != CURLM_OK)
        die("libcurl takes no request");
}

/* ---- What came of it ----------------------------------------------------- */

static void
refused(struct transfer *t)
{
    const struct answer *a = &t->f->answer;
    struct server *s = t->server;
    const char *what = "";

    switch (a->status) {
    case 401: what = ": it wants a user and a password"; break;
    case 403:
        /* Whether there is one is told those only who may list them. */
        what = s->s3.used ? ": it is forbidden, or there is no such file"
                          : ": it is forbidden";
        break;
    case 404: what = ": there is no such file"; break;
    case 410: what = ": the file is gone"; break;
    default: break;
    }
    t->outcome = FETCH_FAILED;
    s->missing = !s->known && (a->status == 404 || a->status == 410);
    if (s->s3.used && a->region[0] != '\0' &&
        strcmp(a->region, s->s3.region) != 0)
        snprintf(s->why, sizeof s->why,
                 "%s answers %d: the bucket is in the region %s, not %s: set "
                 "AWS_REGION",
                 s->host, a->status, a->region, s->s3.region);
    else
        snprintf(s->why, sizeof s->why, "%s answers %d%s", s->host, a->status,
                 what);
}

static void
judge_status(struct transfer *t)
{
    int status = t->f->answer.status;

    if (t->server->known && (status == 412 || status == 416)) {
        (void)stop(t, FETCH_CHANGED, "has another file at this address now");
        return;
    }
    refused(t);
    if (t->f->suffix &&
        (status == 400 || status == 405 || status == 416 || status == 501))
        t->outcome = FETCH_OTHER;
    t->again = status == 408 || status == 425 || status == 429 ||
               status == 500 || (status >= 502 && status <= 504);
}

/* What libcurl says of a header line that is too long. */
#if LIBCURL_VERSION_NUM >= 0x080600
#define TOO_LARGE CURLE_TOO_LARGE
#else
#define TOO_LARGE CURLE_OUT_OF_MEMORY
#endif

static bool
may_pass(CURLcode code)
{
    switch (code) {
    case CURLE_COULDNT_CONNECT:
    case CURLE_PARTIAL_FILE:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_OPERATION_TIMEDOUT: return true;
    default: return false;
    }
}

static void
judge_failure(struct transfer *t, CURLcode code)
{
    struct server *s = t->server;
    const char *what = t->error[0] != '\0' ? t->error
                                           : curl_easy_strerror(code);

    t->outcome = FETCH_FAILED;
    t->again = may_pass(code);
    if (code == CURLE_OPERATION_TIMEDOUT && ++t->timeouts >= TIMEOUTS_MAX)
        t->again = false;
    if (code == CURLE_OPERATION_TIMEDOUT)
        snprintf(s->why, sizeof s->why,
                 "%s sends nothing of what was asked for, or next to nothing, "
                 "for %u seconds",
                 s->host, s->seconds);
    else if (code == TOO_LARGE)
        say_why(s, "sends a header line that is too long");
    else if (code == CURLE_TOO_MANY_REDIRECTS)
        say_why(s, "leads from one address to the next");
    else if (code == CURLE_UNSUPPORTED_PROTOCOL &&
             t->f->answer.status / 100 == 3)
        say_why(s, "leads to an address that is not of http or https, or that "
                   "is without TLS");
    else
        snprintf(s->why, sizeof s->why, "%s: %s", s->host, what);
}

static void
judge(struct transfer *t, CURLcode code)
{
    struct fetch *f = t->f;

    if (t->stopped)
        return;
    if (f->answer.status == 206 && code == CURLE_OK && !t->checked &&
        !check_answer(t)) /* there was no body */
        return;
    if (t->checked && f->got == wanted(f)) {
        t->outcome = FETCHED;
    } else if (f->answer.status != 206 && f->answer.status != 200 &&
               f->answer.status != 0 &&
               (code == CURLE_OK || code == CURLE_WRITE_ERROR)) {
        judge_status(t);
    } else if (f->answer.status == 200 && code == CURLE_OK) {
        (void)check_answer(t); /* an empty file */
    } else if (code == CURLE_OK) {
        t->outcome = FETCH_FAILED;
        t->again = true;
        say_why(t->server, "sends fewer bytes than it announced");
    } else {
        judge_failure(t, code);
    }
}

static void
tell(const struct transfer *t, long version, long redirects)
{
    const struct fetch *f = t->f;
    char line[192], moved[64] = "";

    if (!t->server->tell)
        return;
    if (redirects > 0)
        snprintf(moved, sizeof moved, ", redirected %ld times", redirects);
    snprintf(line, sizeof line, "bytes=%s: %d, %llu bytes, HTTP/%s%s",
             t->range, f->answer.status,
             (unsigned long long)(f->got - t->first),
             version == CURL_HTTP_VERSION_2_0 ? "2" : "1", moved);
    put_byte('V');
    put_text(line);
}

/* Ends an attempt. Returns the redirections that it took. */
static long
end(struct transfer *t, CURLcode code)
{
    long redirects = 0, version = 0;

    curl_easy_getinfo(t->easy, CURLINFO_REDIRECT_COUNT, &redirects);
    curl_easy_getinfo(t->easy, CURLINFO_HTTP_VERSION, &version);
    judge(t, code);
    tell(t, version, redirects);
    curl_multi_remove_handle(multi, t->easy);
    curl_easy_cleanup(t->easy);
    curl_slist_free_all(t->headers);
    t->easy = NULL;
    t->headers = NULL;
    t->server->requests += 1 + (uint32_t)redirects;
    t->tries++;
    if (t->f->got - t->first >= PROGRESS_SIZE)
        t->tries = t->timeouts = 0;
    t->again = t->again && t->tries < TRIES_MAX;
    return redirects;
}

/* ---- Many at once -------------------------------------------------------- */

/* Ends what is done. Returns how many, and through `redirects` the most. */
static size_t
reap(long *redirects)
{
    size_t count = 0;
    int left;
    CURLMsg *message;

    while ((message = curl_multi_info_read(multi, &left)) != NULL) {
        char *arg = NULL;
        long n;

        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &arg);
        n = end((struct transfer *)(void *)arg, message->data.result);
        *redirects = n > *redirects ? n : *redirects;
        count++;
    }
    return count;
}

static bool
is_due(const struct transfer *t)
{
    return t->tries == 0 || t->again;
}

/* Makes each request that is due once, all at the same time. */
static void
make_wave(struct transfer *all, size_t count)
{
    size_t active = 0, next = 0;
    long redirects = 0;
    int running;

    for (;;) {
        for (; next < count && active < ACTIVE_MAX; next++)
            if (is_due(&all[next])) {
                begin(&all[next]);
                active++;
            }
        if (active == 0)
            break;
        if (curl_multi_perform(multi, &running) != CURLM_OK)
            die("libcurl fails");
        active -= reap(&redirects);
        if (running > 0 && (active == ACTIVE_MAX || next == count))
            (void)curl_multi_poll(multi, NULL, 0, 1000, NULL);
    }
    all[0].server->trips += 1 + (uint32_t)redirects;
}

static void
wait_before(const struct transfer *all, size_t count)
{
    unsigned ms = 0;
    struct timespec pause;

    for (size_t i = 0; i < count; i++) {
        const struct transfer *t = &all[i];
        unsigned own = t->f->answer.wait * 1000;

        if (t->again && own == 0)
            own = BACK_OFF_MS << t->tries;
        if (t->again && own > ms)
            ms = own;
    }
    pause.tv_sec = ms / 1000;
    pause.tv_nsec = (long)(ms % 1000) * 1000000;
    (void)nanosleep(&pause, NULL);
}

/* The worst: that the file changed explains all else. */
static enum outcome
worst_of(const struct transfer *all, size_t count)
{
    enum outcome worst = FETCHED;

    for (size_t i = 0; i < count; i++)
        if (all[i].outcome == FETCH_CHANGED ||
            (all[i].outcome != FETCHED && worst == FETCHED))
            worst = all[i].outcome;
    return worst;
}

enum outcome
fetch_all(struct server *s, struct fetch *f, size_t count)
{
    struct transfer *all = take_memory(count * sizeof *all);
    enum outcome outcome;
    bool again;

    for (size_t i = 0; i < count; i++)
        all[i] = (struct transfer){ .server = s, .f = &f[i] };
    do {
        make_wave(all, count);
        again = false;
        for (size_t i = 0; i < count; i++)
            again = again || all[i].again;
        outcome = worst_of(all, count);
        for (size_t i = 0; i < count; i++)
            if (all[i].outcome != FETCHED && !all[i].again)
                again = false; /* the others would not help */
        if (again)
            wait_before(all, count);
    } while (again);
    free(all);
    if (outcome == FETCH_CHANGED)
        say_why(s, "has another file at this address now");
    return outcome;
}

void
fetch_drop(struct fetch *f, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(f[i].data);
        f[i].data = NULL;
    }
}

/* ---- The server ---------------------------------------------------------- */

/* The host and port, for messages. */
static bool
find_host(struct server *s)
{
    CURLU *u = curl_url();
    char *host = NULL, *port = NULL, *scheme = NULL;
    bool good = u != NULL &&
                curl_url_set(u, CURLUPART_URL, s->url, 0) == CURLUE_OK &&
                curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
                (strcmp(scheme, "http") == 0 ||
                 strcmp(scheme, "https") == 0) &&
                curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK;

    if (good) {
        (void)curl_url_get(u, CURLUPART_PORT, &port, 0);
        s->host = take_memory(strlen(host) + 32);
        snprintf(s->host, strlen(host) + 32, "%s%s%.10s", host,
                 port != NULL ? ":" : "", port != NULL ? port : "");
    }
    curl_free(host);
    curl_free(port);
    curl_free(scheme);
    curl_url_cleanup(u);
    return good;
}

bool
server_begin(struct server *s, const char *url, const char *endpoint)
{
    const char *wrong = NULL;

    if (multi == NULL) {
        multi = curl_multi_init();
        if (multi == NULL)
            die("out of memory");
        curl_multi_setopt(multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
        curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS,
                          CONNECTIONS_MAX);
    }
    s->url = url;
    if (strncmp(url, "s3://", 5) == 0)
        wrong = s3_find(url, endpoint, &s->s3);
    if (wrong == NULL && s->s3.used)
        s->url = s->s3.url;
    if (wrong == NULL && !find_host(s))
        wrong = "is not an address of http or https that can be read";
    if (wrong != NULL)
        snprintf(s->why, sizeof s->why, "%s", wrong);
    return wrong == NULL;
}

void
server_end(struct server *s)
{
    s3_free(&s->s3);
    free(s->host);
    s->host = NULL;
}
