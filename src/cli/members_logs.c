/*
 * members_logs.c - members of a collection that are of one log.
 *
 * Each member is a log of its own. A copy of one under a later name would make
 * its old revisions the newest, and who puts it there needs no key.
 */
#include <stdlib.h>

#include "cli/members.h"

/* What a member has signed. */
struct of_log {
    uint64_t origin; /* its hash */
    uint64_t size;
    uint8_t root[SHEAF_HASH_BYTES];
    size_t member;
};

static int
compare_logs(const void *a, const void *b)
{
    const struct of_log *x = a, *y = b;

    if (x->origin != y->origin)
        return x->origin < y->origin ? -1 : 1;
    return (x->size > y->size) - (x->size < y->size);
}

/* Opens a member without a word: what is wrong with it is said where it is
 * read. NULL: it cannot be opened, or is not signed by `key`, which may be
 * NULL. */
static struct sheaf_reader *
open_quietly(const struct members *m, size_t member,
             const struct sheaf_public_key *key)
{
    const char *path = m->list[member].path;
    struct sheaf_reader *reader = NULL;
    struct sheaf_source source;

    if (sheaf_source_file(&source, path, NULL) != SHEAF_OK ||
        sheaf_open(source, NULL, &reader, NULL) != SHEAF_OK)
        return NULL;
    if (key == NULL || sheaf_authenticate(reader, key, NULL) == SHEAF_OK)
        return reader;
    sheaf_close(reader);
    return NULL;
}

/* Signatures are checked where two say that they are of one log. */
static bool
take_log(const struct members *m, size_t member, struct of_log *out)
{
    struct sheaf_reader *reader = open_quietly(m, member, NULL);
    struct sheaf_checkpoint c;
    struct sheaf_info info;
    bool taken;

    if (reader == NULL)
        return false;
    sheaf_get_info(reader, &info);
    taken = sheaf_checkpoint_parse(info.note, &c, NULL) == SHEAF_OK;
    if (taken) {
        out->origin = name_hash(c.origin.data, c.origin.len);
        out->size = c.size;
        memcpy(out->root, c.root, sizeof out->root);
        out->member = member;
    }
    sheaf_close(reader);
    return taken;
}

static bool
is_signed(const struct members *m, const struct sheaf_public_key *key,
          const struct of_log *log)
{
    struct sheaf_reader *reader = open_quietly(m, log->member, key);

    sheaf_close(reader);
    return reader != NULL;
}

/* Leaves those of which there are more than one, and which the key has signed,
 * in order. */
static size_t
take_signed(const struct members *m, const struct sheaf_public_key *key,
            struct of_log *logs, size_t count)
{
    size_t taken = 0;
    uint64_t before = 0;

    qsort(logs, count, sizeof *logs, compare_logs);
    for (size_t i = 0; i < count; i++) {
        const uint64_t origin = logs[i].origin;
        bool more = (i > 0 && before == origin) ||
                    (i + 1 < count && logs[i + 1].origin == origin);

        before = origin;
        if (more && is_signed(m, key, &logs[i]))
            logs[taken++] = logs[i];
    }
    return taken;
}

/* SHEAF_OK: `newer` begins with what `older` has. SHEAF_EFORK: it does not.
 * Otherwise nothing is known. */
static int
begins_with(const struct members *m, const struct sheaf_public_key *key,
            const struct of_log *newer, const struct of_log *older)
{
    struct sheaf_reader *reader = open_quietly(m, newer->member, key);
    struct sheaf_checkpoint c = { .size = older->size };
    struct sheaf_scratch *scratch = NULL;
    int rc = SHEAF_ENOTFOUND;

    memcpy(c.root, older->root, sizeof c.root);
    if (reader != NULL)
        rc = sheaf_scratch_new(&scratch, NULL);
    if (rc == SHEAF_OK)
        rc = sheaf_extends(reader, scratch, &c, newer->size, NULL);
    sheaf_scratch_free(scratch);
    sheaf_close(reader);
    return rc;
}

static int
compare_two(const struct members *m, const struct sheaf_public_key *key,
            bool copies, const struct of_log *newer,
            const struct of_log *older)
{
    const char *one = m->list[older->member].path;
    const char *other = m->list[newer->member].path;
    int rc = older->origin == newer->origin ? begins_with(m, key, newer, older)
                                            : SHEAF_ENOTFOUND;

    if (rc == SHEAF_EFORK)
        say("%s and %s are a fork of one log: its key has signed both, and "
            "neither begins with the other; keep both as evidence [F9.9]",
            one, other);
    else if (rc != SHEAF_OK || !copies)
        return EXIT_DONE;
    else
        say("%s and %s are of one log: the one that comes last hides newer "
            "revisions of others; remove %s",
            one, other,
            older->size == newer->size ? "one" : "the first, which is older");
    return EXIT_NOT_AUTHENTIC;
}

static int
check(const struct members *m, const struct sheaf_public_key *key, bool copies)
{
    struct of_log *logs = calloc(m->count + 1, sizeof *logs);
    size_t count = 0;
    int code = EXIT_DONE;

    if (logs == NULL)
        return say_no_memory();
    for (size_t i = 0; i < m->count; i++)
        count += take_log(m, i, &logs[count]);
    count = take_signed(m, key, logs, count);
    for (size_t i = 1; i < count; i++)
        code = worse(code,
                     compare_two(m, key, copies, &logs[i], &logs[i - 1]));
    free(logs);
    return code;
}

int
members_check_logs(const struct members *m, const struct sheaf_public_key *key)
{
    return check(m, key, true);
}

int
members_check_forks(char *const *paths, size_t count,
                    const struct sheaf_public_key *key)
{
    struct members m = { .count = count };
    int code;

    if (count < 2)
        return EXIT_DONE;
    m.list = calloc(count, sizeof *m.list);
    if (m.list == NULL)
        return say_no_memory();
    for (size_t i = 0; i < count; i++)
        m.list[i].path = paths[i];
    code = check(&m, key, false);
    free(m.list);
    return code;
}
