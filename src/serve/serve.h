/*
 * serve.h - sheaf-serve: speaks HTTP with clients, for `sheaf serve`.
 *
 * It is a program of its own, because it reads what anybody sends. Before it
 * does, it gives up its rights (import/sandbox.h): it cannot open a file, start
 * a program or connect to anything. All it has are descriptors that the command
 * gave it: a socket that listens, archives and answers. What needs more than
 * the bytes of an archive, it asks of the command.
 *
 * Standard input is a socket of type SOCK_SEQPACKET (base/packet.h). Integers
 * are big-endian; a text is u16 length, bytes.
 *
 *   in:  'L' u32 connections, u32 of one address, u32 seconds, u8 whether to
 *            print requests; texts: the origin of other pages that may ask, or
 *            none; what answers depend on beside the archive; the listening
 *            socket
 *        'W' text: a name; a file of the page
 *        'A' u32 number, u64 size; texts: tag, name, JSON; the archive. Sent
 *            again when it has changed
 *        'G' all is said: serve
 *        'X' u32 number of the question, u8 exit code, u8 whether the answer
 *            is of the state that was told last; text: what was said; the
 *            answer, if there is one
 *   out: 'R' clients are heard
 *        'Q' u32 number of the question, u32 archive, u8 kind; texts:
 *            NAME=VALUE
 *
 * Names in requests are compared with those of archives and files: no path of
 * a request is ever opened.
 */
#ifndef SHEAF_SERVE_SERVE_H
#define SHEAF_SERVE_SERVE_H

#include <microhttpd.h>
#include <pthread.h>

#include "base/buf.h"
#include "sheaf.h"

/* Older versions of libmicrohttpd return int. */
#if MHD_VERSION < 0x00097002
#define MHD_Result int
#else
#define MHD_Result enum MHD_Result
#endif

#define FILES_MAX 64 /* of the page */
#define FILE_BYTES_MAX ((size_t)16 << 20)
#define HEADERS_MAX ((size_t)24 << 10) /* of a request, with its first line */
#define QUESTIONS_MAX 64               /* waiting for the command */
#define ANSWERS_MAX ((uint64_t)512 << 20) /* bytes that are being sent */
#define BYTES_A_SECOND 1024 /* a client that takes less is cut off */

/* The kinds of questions. */
enum {
    ANSWER_INFO = 'I',
    ANSWER_LIST = 'L',
    ANSWER_ARTICLE = 'A',
    ANSWER_BODY = 'B', /* its media type and a newline before it */
    ANSWER_PROOF = 'P',
    ANSWER_CHECKPOINT = 'C',
    ANSWER_SEARCH = 'S'
};

/* Ends the program. */
void die(const char *why) __attribute__((noreturn));

struct settings {
    unsigned connections, each; /* of one address */
    unsigned seconds;
    bool tell;
    bool local; /* only this machine reaches it */
    char *cors; /* NULL: pages of other origins get nothing */
    struct sheaf_buf answers; /* what they depend on beside the archive */
    int socket; /* of the command */
};
extern struct settings settings;

/* ---- host.c: for whom a request is --------------------------------------- */

/* Whether a request with this Host is answered; NULL: it has none. */
bool host_is_here(const char *host);

/* ---- files.c: what there is to serve ------------------------------------- */

struct page_file {
    char *name;
    const char *type;
    uint8_t *data;
    size_t len;
    char tag[40];
};

/* What a request needs of an archive; `fd` is its own. */
struct copy {
    int fd;
    uint64_t size;
    char tag[80];
};

/* They take `fd`. */
void files_add_page(struct sheaf_bytes name, int fd);
void files_set_archive(uint32_t number, uint64_t size, struct sheaf_bytes tag,
                       struct sheaf_bytes name, struct sheaf_bytes json,
                       int fd);
/* NULL: there is none. */
const struct page_file *files_page(struct sheaf_bytes name);
bool files_archive(struct sheaf_bytes name, uint32_t *number);
/* Without a descriptor, if `fd` is false. False: there is none to be had. */
bool files_copy(uint32_t number, bool fd, struct copy *out);
/* The tag of the answers about an archive with this tag. */
void files_answer_tag(const char *of, char tag[40]);
/* All archives, as /archives.json shows them, and a tag for it. */
bool files_list(struct sheaf_buf *json, char tag[40]);
bool files_plain_page(struct sheaf_buf *html);

/* ---- route.c: what a request asks for ------------------------------------ */

enum route_to {
    ROUTE_BAD,  /* `why` says what is wrong */
    ROUTE_NONE, /* there is no such thing */
    ROUTE_PAGE,
    ROUTE_PLAIN,
    ROUTE_LIST,
    ROUTE_FILE,
    ROUTE_ASK
};

struct route {
    enum route_to to;
    const char *why;
    const struct page_file *page;
    uint32_t archive;
    char kind;
    struct sheaf_buf texts; /* of the question */
};

/* `uri` is as the client sent it. */
void route_find(const char *uri, struct route *out);
void route_end(struct route *r);

/* ---- ranges.c: conditions and ranges of RFC 9110 ------------------------- */

enum range { RANGE_ALL, RANGE_PART, RANGE_NONE };
/* The first range in `header` that has bytes of a file of this size. */
enum range range_parse(const char *header, uint64_t size, uint64_t *first,
                       uint64_t *last);
/* Whether a list of entity tags has this one, which is strong; `weak`: those
 * that are weak count, too. */
bool tag_listed(const char *header, const char *tag, bool weak);

/* ---- clients.c: who is connected ----------------------------------------- */

struct client;
void client_notify(void *cls, struct MHD_Connection *connection,
                   void **context, enum MHD_ConnectionNotificationCode code);
/* It waits for the command; it is sent an answer; it has got it. */
/* Keeps what it asks for until the request is taken up, which never happens if
 * the rest of it is refused. */
void client_asks(struct client *c, const char *uri);
/* NULL: there is none, or no memory for it. The caller frees it. */
char *client_take_uri(struct client *c);
void client_waits(struct client *c);
void client_takes(struct client *c);
void client_ends(struct client *c);
/* Cuts off those that take too long; about once a second. */
void clients_look(void);
/* How many wait for an answer, or are sent one. */
unsigned clients_busy(void);

/* ---- questions.c: what the command is asked ------------------------------ */

struct answer {
    bool come;
    bool current; /* of the state that `tag` was of */
    int status;   /* exit code; -1: the command is going */
    int fd;       /* -1: none */
    uint64_t size;
    struct sheaf_buf said;
};

/* Asks, and suspends the connection. False: too many wait already. */
bool question_ask(struct MHD_Connection *connection, const struct route *route,
                  struct answer *out);
/* Takes what the command has answered, and `fd`. */
void question_answered(struct sheaf_bytes packet, int fd);
/* Nothing will come any more: all get that. */
void questions_stop(void);
/* An answer was sent, or will not be. */
void answer_end(struct answer *a);

/* ---- http.c: the answers ------------------------------------------------- */

void *http_uri(void *cls, const char *uri, struct MHD_Connection *connection);
MHD_Result http_handle(void *cls, struct MHD_Connection *connection,
                       const char *url, const char *method,
                       const char *version, const char *data, size_t *len,
                       void **context);
void http_completed(void *cls, struct MHD_Connection *connection,
                    void **context, enum MHD_RequestTerminationCode code);

#endif
