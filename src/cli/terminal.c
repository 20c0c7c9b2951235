/*
 * terminal.c - output for a person at a terminal.
 */
#include "cli/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <wchar.h>

#include "base/utf8.h"
#include "cli/child.h"
#include "cli/util.h"

#define WIDTH_DEFAULT 80
#define WIDTH_MAX 1000

unsigned
terminal_width(int fd)
{
    const char *columns = getenv("COLUMNS");
    struct winsize size;
    uint64_t v;

    if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    if (columns != NULL && parse_number(columns, 1, WIDTH_MAX, &v))
        return (unsigned)v;
    return WIDTH_DEFAULT;
}

/* ---- Columns ------------------------------------------------------------- */

/* wcwidth needs a locale that knows Unicode, whatever the user's is. */
static void
use_unicode(void)
{
    static bool done;

    if (!done)
        (void)setlocale(LC_CTYPE, "C.UTF-8");
    done = true;
}

/* The columns of the next character, and its bytes. One that out_visible
 * escapes is as wide as the escape. */
static unsigned
next_width(struct sheaf_bytes text, size_t *len)
{
    uint32_t c = 0;
    int width;

    use_unicode();
    *len = utf8_next(text.data, text.len, &c);
    if (*len == 0) {
        *len = 1;
        return 6; /* \x{FF} */
    }
    if (out_is_hidden(c)) {
        unsigned digits = 1;

        for (uint32_t v = c >> 4; v != 0; v >>= 4)
            digits++;
        return digits + 4; /* \u{202E} */
    }
    width = wcwidth((wchar_t)c);
    return width >= 0 ? (unsigned)width : 1;
}

unsigned
terminal_columns(struct sheaf_bytes text)
{
    unsigned width = 0;
    size_t len;

    for (; text.len != 0 && width < WIDTH_MAX;
         text = sheaf_view(text.data + len, text.len - len))
        width += next_width(text, &len);
    return width;
}

/* The bytes that fit into `width`, and the columns that they take. */
static size_t
fitting(struct sheaf_bytes text, unsigned width, unsigned *taken)
{
    size_t at = 0, len;

    *taken = 0;
    while (at < text.len) {
        unsigned w = next_width(sheaf_view(text.data + at, text.len - at),
                                &len);

        if (*taken + w > width)
            break;
        *taken += w;
        at += len;
    }
    return at;
}

void
terminal_print(struct out *o, struct sheaf_bytes text, unsigned width,
               bool pad)
{
    unsigned taken;
    size_t len = fitting(text, width, &taken);

    if (len < text.len && width > 0) {
        len = fitting(text, width - 1, &taken);
        out_visible(o, sheaf_view(text.data, len));
        out_str(o, "…");
        taken++;
    } else {
        out_visible(o, sheaf_view(text.data, len));
    }
    for (; pad && taken < width; taken++)
        out_str(o, " ");
}

/* ---- The filter ---------------------------------------------------------- */

struct filter {
    struct out inner;
    uint8_t kept[4]; /* the start of a character, or a carriage return */
    size_t kept_len;
};

/* How many bytes at the end belong to a character that is cut, or may be the
 * first half of CR LF. */
static size_t
cut_length(struct sheaf_bytes text)
{
    size_t n = 0;
    uint8_t first;

    while (n < text.len && n < 3 &&
           (text.data[text.len - 1 - n] & 0xC0) == 0x80)
        n++;
    if (n == text.len)
        return 0;
    first = text.data[text.len - 1 - n];
    if (n == 0 && first == '\r')
        return 1;
    return first >= 0xC0 && n + 1 < (first >= 0xF0   ? 4u
                                     : first >= 0xE0 ? 3u
                                                     : 2u)
               ? n + 1
               : 0;
}

static void
print_safe(struct out *o, struct sheaf_bytes text)
{
    size_t done = 0;

    for (size_t i = 0; i <= text.len; i++) {
        bool end = i == text.len;
        bool kept = !end && (text.data[i] == '\n' || text.data[i] == '\t');
        bool dropped = !end && text.data[i] == '\r' && i + 1 < text.len &&
                       text.data[i + 1] == '\n';

        if (!end && !kept && !dropped)
            continue;
        out_visible(o, sheaf_view(text.data + done, i - done));
        if (kept)
            out_bytes(o, text.data + i, 1);
        done = i + 1;
    }
}

static int
filter_write(void *ctx, const void *data, size_t len)
{
    struct filter *f = ctx;
    struct sheaf_buf all = { 0 };
    size_t cut;

    if (!buf_add(&all, f->kept, f->kept_len) || !buf_add(&all, data, len)) {
        sheaf_buf_free(&all);
        return ENOMEM;
    }
    cut = cut_length(buf_view(&all));
    print_safe(&f->inner, sheaf_view(all.data, all.len - cut));
    if (cut != 0)
        memcpy(f->kept, all.data + all.len - cut, cut);
    f->kept_len = cut;
    sheaf_buf_free(&all);
    (void)out_flush(&f->inner);
    return f->inner.sys;
}

static int
filter_sync(void *ctx)
{
    (void)ctx;
    return 0;
}

static int
filter_commit(void *ctx)
{
    struct filter *f = ctx;

    print_safe(&f->inner, sheaf_view(f->kept, f->kept_len));
    f->kept_len = 0;
    (void)out_flush(&f->inner);
    return f->inner.sys;
}

static void
filter_close(void *ctx)
{
    (void)ctx;
}

static const struct sheaf_sink_ops filter_ops = { filter_write, filter_sync,
                                                  filter_commit,
                                                  filter_close };

void
terminal_filter(struct out *o)
{
    static struct filter filter; /* there is one standard output */

    out_start(&filter.inner, o->fd);
    filter.kept_len = 0;
    o->sink = (struct sheaf_sink){ &filter_ops, &filter };
}

/* ---- The pager ----------------------------------------------------------- */

static char option[] = "-c", command[4096], less[] = "less", shell[] = "sh";

/* What the user wants, for the shell; or else less, if it is there. NULL: an
 * empty one or cat. */
static char *const *
pager_command(void)
{
    static char *const usual[] = { less, NULL };
    static char *const own[] = { shell, option, command, NULL };
    const char *name = getenv("SHEAF_PAGER");

    if (name == NULL)
        name = getenv("PAGER");
    if (name == NULL)
        return usual;
    if (name[0] == '\0' || strcmp(name, "cat") == 0 ||
        strlen(name) >= sizeof command)
        return NULL;
    strcpy(command, name);
    return own;
}

pid_t
pager_start(void)
{
    char *const *argv = pager_command();
    int ends[2];
    pid_t child;

    if (argv == NULL || !isatty(STDOUT_FILENO) ||
        pipe2(ends, O_CLOEXEC) != 0)
        return 0;
    /* As git: end if it fits on the screen, leave it there, show colours. */
    (void)setenv("LESS", "FRX", 0);
    if (child_start(&child, argv[0], (char **)(uintptr_t)argv, environ,
                    ends[0], STDOUT_FILENO) != 0)
        child = 0;
    close(ends[0]);
    if (child != 0) {
        fflush(NULL);
        (void)dup2(ends[1], STDOUT_FILENO);
        /* The user ends the pager, not this program beside it. */
        signal(SIGINT, SIG_IGN);
    }
    close(ends[1]);
    return child;
}

int
pager_end(pid_t pager)
{
    int status;

    if (pager == 0)
        return EXIT_DONE;
    close(STDOUT_FILENO);
    (void)open("/dev/null", O_WRONLY);
    status = child_wait(&pager);
    /* So the shell says that there is no such program, or that it can't run
     * it. Nobody has seen anything then. */
    if (!WIFEXITED(status) ||
        (WEXITSTATUS(status) != 126 && WEXITSTATUS(status) != 127))
        return EXIT_DONE;
    say("the pager '%s' can't be run; SHEAF_PAGER names another, or if it is "
        "empty, none", command);
    return EXIT_FAILED;
}
