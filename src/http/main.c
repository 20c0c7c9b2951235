/*
 * main.c - sheaf-http: answers questions about a file on a server.
 */
#include "http/http.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <unistd.h>

#include "import/sandbox.h"

#define URL_MAX 65536u
#define SECONDS_MAX 86400u
#define MEMORY_MAX ((size_t)2 << 30)

/* What the command has asked to open. */
struct open_file {
    struct server server;
    struct sheaf_buf tail;
    char *url;
    char *endpoint;
};

static void
say_numbers(const struct server *s)
{
    put_byte('S');
    put_number(s->trips, 4);
    put_number(s->requests, 4);
    put_number(s->bytes, 8);
}

static void
say_failed(const struct server *s, enum outcome outcome)
{
    put_byte('E');
    put_byte(outcome == FETCH_CHANGED ? 'C' : s->missing ? 'N' : 'F');
    put_text(s->why);
}

static void
close_file(struct open_file *f)
{
    server_end(&f->server);
    free(f->url);
    free(f->endpoint);
    f->url = f->endpoint = NULL;
}

static void
open_file(struct open_file *f)
{
    struct server *s = &f->server;
    const struct server before = *s;
    enum outcome outcome = FETCH_FAILED;

    close_file(f);
    *s = (struct server){ .trips = before.trips,
                          .requests = before.requests,
                          .bytes = before.bytes };
    f->url = take_text(URL_MAX);
    f->endpoint = take_text(URL_MAX);
    s->seconds = (unsigned)min_u64(take_number(4), SECONDS_MAX);
    s->tell = take_number(1) != 0;
    if (server_begin(s, f->url, f->endpoint))
        outcome = file_open(s, &f->tail);
    say_numbers(s);
    if (outcome != FETCHED) {
        s->known = false;
        say_failed(s, outcome);
        return;
    }
    put_byte('O');
    put_number(s->size, 8);
    put_text(s->strong ? s->tag : "");
    put_number(f->tail.len, 4);
    put_bytes(f->tail.data, f->tail.len);
}

static void
read_ranges(struct open_file *f)
{
    size_t count = take_number(4);
    struct span *spans;
    uint64_t all = 0;
    enum outcome outcome;

    if (count == 0 || count > RANGES_MAX || !f->server.known)
        die("a wrong question");
    spans = take_memory(count * sizeof *spans);
    for (size_t i = 0; i < count; i++) {
        uint64_t end;

        spans[i].offset = take_number(8);
        spans[i].len = take_number(8);
        if (spans[i].len == 0 || ADD_OVERFLOWS(all, spans[i].len, &all) ||
            all > ANSWER_MAX ||
            ADD_OVERFLOWS(spans[i].offset, spans[i].len, &end) ||
            end > f->server.size)
            die("a wrong question");
    }
    outcome = file_read(&f->server, spans, count, &f->tail);
    if (outcome != FETCHED)
        say_failed(&f->server, outcome);
    free(spans);
}

int
main(int argc, char **argv)
{
    struct open_file f = { .url = NULL };
    const char *wrong;
    uint8_t what;

    (void)argv;
    if (argc != 1 || isatty(STDIN_FILENO))
        die("a program that sheaf runs; see sheaf(1)");
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
        die("libcurl does not start");
    wrong = sandbox_shut_but_network(MEMORY_MAX);
    if (wrong != NULL)
        die(wrong);
    while (take_byte(&what)) {
        if (what == 'O')
            open_file(&f);
        else if (what == 'R')
            read_ranges(&f);
        else
            die("a wrong question");
        put_now();
    }
    close_file(&f);
    return 0;
}
