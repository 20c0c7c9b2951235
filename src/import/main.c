/*
 * main.c - sheaf-import [OPTION...] [--] INPUT...: the inputs in order; and
 * sheaf-import --text.
 */
#include "import/import.h"

#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "import/field_map.h"
#include "import/order.h"
#include "import/readable.h"
#include "import/recode.h"
#include "import/sandbox.h"

/* More than parsing ever needs. */
#define ADDRESS_SPACE ((size_t)2 << 30)

/* ---- What IDs begin with ---- */

/*
 * The ID of a file is its path below the given input. If several inputs are
 * given, which may have files with the same names, it is the path below the
 * last folder that contains them all. A given folder counts itself; for a
 * given file, the folder that it is in counts.
 */
struct given {
    char *path;   /* from the root, without . and .. */
    size_t above; /* length of the folder that counts */
};

/* Removes ".", ".." and doubled slashes from an absolute path. */
static void
make_plain(char *path)
{
    char *to = path;

    for (char *p = path; *p != '\0';) {
        size_t n = strcspn(++p, "/");

        if (n == 2 && memcmp(p, "..", 2) == 0) {
            while (to > path && *--to != '/')
                ;
        } else if (n > 0 && !(n == 1 && *p == '.')) {
            *to++ = '/';
            memmove(to, p, n);
            to += n;
        }
        p += n;
    }
    *to = '\0';
}

static struct given
look_at(const char *path, const char *cwd)
{
    struct given g;
    struct stat st;

    g.path = path[0] == '/' ? format_text("%s", path)
                            : format_text("%s/%s", cwd, path);
    make_plain(g.path);
    g.above = strlen(g.path);
    if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode))
        g.above = (size_t)(strrchr(g.path, '/') - g.path);
    return g;
}

/* The length of their common start, up to a slash. */
static size_t
common(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t n = 0, last = 0;

    while (n < a_len && n < b_len && a[n] == b[n]) {
        n++;
        if ((n == a_len || a[n] == '/') && (n == b_len || b[n] == '/'))
            last = n;
    }
    return last;
}

/* ---- Inputs ---- */

static void
import_all(char **inputs, size_t count)
{
    struct given *given = mem_new(count, sizeof *given);
    char *cwd = getcwd(NULL, 0);
    size_t first = count, above = 0;
    bool stdin_done = false, several = false;

    for (size_t i = 0; i < count; i++) {
        if (strcmp(inputs[i], "-") == 0)
            continue;
        given[i] = look_at(inputs[i], cwd != NULL ? cwd : "");
        if (first == count) {
            first = i;
            above = given[i].above;
        }
        several = several || strcmp(given[i].path, given[first].path) != 0;
        above = common(given[first].path, above, given[i].path,
                       given[i].above);
    }
    for (size_t i = 0; i < count; i++) {
        if (strcmp(inputs[i], "-") != 0) {
            const char *id = given[i].path + above;

            import_path(inputs[i], id + (*id == '/'), several, false);
        } else if (stdin_done) {
            reject(EXIT_FAILED, "standard input", text_from("", 0),
                   "given twice");
        } else {
            import_stdin();
            stdin_done = true;
        }
        mem_free(given[i].path);
    }
    mem_free(given);
    mem_free(cwd);
}

/* --files-from: paths, one on each line. Their IDs are the paths as
 * written. */
static void
import_listed(const char *name)
{
    bool stdin_too = strcmp(name, "-") == 0;
    FILE *f = stdin_too ? stdin : fopen(name, "re");
    char *line = NULL;
    size_t cap = 0;
    ssize_t n;

    if (f == NULL)
        die(EXIT_FAILED, name, "%s", strerror(errno));
    while ((n = getline(&line, &cap, f)) >= 0) {
        char *id;

        while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
            line[--n] = '\0';
        if (n == 0)
            continue;
        if (memchr(line, '\0', (size_t)n) != NULL)
            die(EXIT_FAILED, name, "a line has a NUL: it lists one file on "
                                   "each line");
        id = format_text("/%s", line);
        make_plain(id);
        import_path(line, id + (*id == '/'), true, true);
        mem_free(id);
    }
    if (ferror(f))
        die(EXIT_FAILED, name, "%s", strerror(errno));
    mem_free(line);
    if (!stdin_too)
        fclose(f);
}

static void
shut_sandbox(void)
{
    const char *why = sandbox_shut(ADDRESS_SPACE);

    if (why != NULL)
        die(EXIT_FAILED, NULL, "sandbox: %s", why);
    out_watch(asked.idle_seconds);
}

int
main(int argc, char **argv)
{
    char **inputs = argc > 1 ? options_parse(argv + 1) : NULL;
    size_t count = 0;

    if (argc == 2 && strcmp(argv[1], "--text") == 0) {
        shut_sandbox();
        return readable_serve();
    }
    if (inputs == NULL || (*inputs == NULL && asked.files_from == NULL)) {
        fputs("usage: sheaf-import [OPTION...] [--] INPUT...\n", stderr);
        return EXIT_USAGE;
    }
    while (inputs[count] != NULL)
        count++;
    /* Names in archives are UTF-8 here whatever the user's locale. */
    setlocale(LC_CTYPE, "C.UTF-8");
    out_start();
    if (asked.from != NULL && !kind_exists(asked.from))
        die(EXIT_USAGE, NULL, "--from: unknown kind '%s'", asked.from);
    if (asked.charset != NULL && !recode_knows(asked.charset))
        die(EXIT_USAGE, NULL, "--charset: unknown character set '%s'",
            asked.charset);
    if (asked.map != NULL)
        map_load(asked.map);
    spool_open();
    shut_sandbox();
    /* Of listed files the size is not known before. */
    if (asked.progress && asked.files_from == NULL)
        progress_start(inputs);
    import_all(inputs, count);
    if (asked.files_from != NULL)
        import_listed(asked.files_from);
    order_warn();
    out_end();
    return 0;
}
