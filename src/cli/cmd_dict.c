/*
 * cmd_dict.c - the dictionaries, for zstd -D.
 */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/archive.h"
#include "cli/args.h"
#include "cli/outfile.h"

static int
get(const struct archive *a, unsigned index, struct sheaf_dictionary *what,
    struct sheaf_buf *bytes)
{
    struct sheaf_error err = { 0 };
    int rc = sheaf_get_dictionary(a->reader, index, what, bytes, &err);

    return rc == SHEAF_OK ? EXIT_DONE : archive_failed(a, rc, &err);
}

static int
print_only(const struct archive *a)
{
    struct sheaf_dictionary what;
    struct sheaf_buf bytes = { 0 };
    struct out o;
    int code;

    out_start(&o, STDOUT_FILENO);
    if (out_is_terminal(&o))
        return say_usage("dict",
                         "dict: not writing a dictionary to a terminal");
    code = get(a, 0, &what, &bytes);
    if (code == EXIT_DONE) {
        out_bytes(&o, bytes.data, bytes.len);
        code = out_finish(&o, NULL);
    }
    sheaf_buf_free(&bytes);
    return code;
}

static int
write_file(const struct archive *a, const char *folder, unsigned index)
{
    struct sheaf_dictionary what;
    struct sheaf_buf bytes = { 0 };
    struct sheaf_buf path = { 0 };
    int code = get(a, index, &what, &bytes);

    if (code == EXIT_DONE &&
        !(buf_add_str(&path, folder) &&
          buf_format(&path, "/%u.dict", (unsigned)what.id) &&
          buf_end(&path)))
        code = say_no_memory();
    if (code == EXIT_DONE)
        code = out_file(buf_str(&path), false, buf_view(&bytes));
    sheaf_buf_free(&path);
    sheaf_buf_free(&bytes);
    return code;
}

static int
write_files(const struct archive *a, const char *folder)
{
    int code = EXIT_DONE;

    if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
        say("%s: %s", folder, strerror(errno));
        return EXIT_FAILED;
    }
    for (unsigned i = 0; i < a->info.dictionaries && code == EXIT_DONE; i++)
        code = write_file(a, folder, i);
    return code;
}

/* Prints which bytes of the archive need which dictionary. */
static int
print_table(const struct archive *a, bool json)
{
    struct sheaf_dictionary d;
    struct out o;
    int code = EXIT_DONE;

    out_start(&o, STDOUT_FILENO);
    for (unsigned i = 0; i < a->info.dictionaries && code == EXIT_DONE; i++) {
        code = get(a, i, &d, NULL);
        if (code != EXIT_DONE)
            break;
        out_format(&o,
                   json ? "{\"id\":%u,\"from\":%llu,\"to\":%llu,"
                          "\"bytes\":%u}\n"
                        : "%u  %llu  %llu  %u\n",
                   (unsigned)d.id, (unsigned long long)d.from,
                   (unsigned long long)d.to, (unsigned)d.raw_size);
    }
    return code == EXIT_DONE ? out_finish(&o, NULL) : code;
}

static int
extract_all(const struct archive *a, const struct args *args)
{
    const char *folder = args->value[OPT_FOLDER];
    bool json = args_has(args, OPT_JSON);
    int code = EXIT_DONE;

    if (a->info.dictionaries == 0) {
        say("%s: no dictionaries; zstd -dc reads it as it is", a->path);
        return EXIT_DONE;
    }
    if (folder != NULL)
        code = write_files(a, folder);
    if (code == EXIT_DONE && (folder != NULL || json))
        return print_table(a, json);
    if (code != EXIT_DONE)
        return code;
    if (a->info.dictionaries > 1)
        return say_usage("dict", "dict: %s has %u dictionaries: -C DIR writes "
                         "them", a->path, a->info.dictionaries);
    return print_only(a);
}

int
cmd_dict(const struct args *args)
{
    struct archive a;
    int code = archive_open(&a, args->operand[0], NULL);

    if (code == EXIT_DONE)
        code = extract_all(&a, args);
    archive_close(&a);
    return code;
}
