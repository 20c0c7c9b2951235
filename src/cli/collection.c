/*
 * collection.c - several archives that are read as one.
 */
#include "cli/collection.h"

#include <stdlib.h>

#include "base/hash.h"
#include "cli/keyfile.h"
#include "cli/opening.h"
#include "cli/pins.h"

/* With so few members, to ask each is as quick as an index. */
#define FEW_MEMBERS 4

/* ---- Opening ------------------------------------------------------------- */

int
collection_open(struct collection *c, const struct args *args,
                struct archive *archive, bool *is)
{
    int code;

    memset(c, 0, sizeof *c);
    memset(archive, 0, sizeof *archive);
    c->args = args;
    c->archive = archive;
    c->open = c->aside_open = SIZE_MAX;
    *is = members_are(args->operand[0]);
    if (!*is)
        return EXIT_DONE;
    code = public_key_option(args, &c->key, &c->have_key);
    if (code == EXIT_DONE)
        code = members_find(&c->members, args->operand[0]);
    if (code == EXIT_DONE && c->have_key)
        c->worst = members_check_logs(&c->members, &c->key);
    if (code == EXIT_DONE) {
        c->states = calloc(c->members.count, sizeof *c->states);
        code = c->states != NULL ? EXIT_DONE : say_no_memory();
    }
    return code;
}

void
collection_close(struct collection *c)
{
    if (c->aside_open != SIZE_MAX)
        archive_close(&c->aside);
    free(c->states);
    members_free(&c->members);
}

/* With a key, all that is asked of an archive is asked of each. */
static int
open_member(struct collection *c, size_t member, struct archive *a)
{
    struct pin pin;
    int code;

    a->told = a->told || c->states[member].broken;
    code = archive_open(a, c->members.list[member].path,
                        c->have_key ? &c->key : NULL);
    if (code == EXIT_DONE)
        code = origin_check(c->args, a->path, a->info.origin);
    if (code == EXIT_DONE && c->have_key) {
        code = pins_check(c->args, a, &c->key, false, &pin);
        pin_free(&pin);
    }
    return code;
}

/* Opens a member in `a`, where *open is. A broken one was named before. */
static int
enter(struct collection *c, size_t member, struct archive *a, size_t *open)
{
    int code;

    if (*open == member)
        return EXIT_DONE;
    archive_close(a);
    memset(a, 0, sizeof *a);
    *open = SIZE_MAX;
    if (c->states[member].broken)
        return EXIT_CORRUPT;
    code = open_member(c, member, a);
    if (code == EXIT_DONE) {
        *open = member;
        return EXIT_DONE;
    }
    archive_close(a);
    memset(a, 0, sizeof *a);
    c->states[member].broken = true;
    c->worst = worse(c->worst, code);
    return code;
}

int
collection_enter(struct collection *c, size_t member)
{
    size_t before = c->open;
    int code = enter(c, member, c->archive, &c->open);

    if (c->open != before && c->entered != NULL)
        c->entered(c->arg);
    return code;
}

/* ---- The index ----------------------------------------------------------- */

static int
list_keys(void *arg, size_t member, int (*take)(void *to, const uint8_t *key),
          void *to)
{
    struct collection *c = arg;
    struct sheaf_error err = { 0 };
    int code = enter(c, member, &c->aside, &c->aside_open);
    int rc;

    if (code != EXIT_DONE)
        return code;
    rc = sheaf_list_id_keys(c->aside.reader, c->aside.scratch, take, to, &err);
    if (rc == SHEAF_EINCOMPLETE) /* which was said when it was opened */
        return EXIT_CORRUPT;
    return rc == SHEAF_OK || rc == SHEAF_ESTOPPED
               ? EXIT_DONE
               : archive_failed(&c->aside, rc, &err);
}

int
collection_index(struct collection *c, bool few)
{
    bool kept = !c->have_key && !args_has(c->args, OPT_NO_CACHE);

    if (c->members.count == 1 ||
        (few && (!kept || c->members.count <= FEW_MEMBERS)))
        return EXIT_DONE;
    return members_index(&c->members, kept, list_keys, c);
}

/* ---- Finding ------------------------------------------------------------- */

static int
say_absent(const struct collection *c, const char *id, bool doubt)
{
    size_t count = c->members.count;

    if (doubt) {
        say("%s: %s: not found, but not all of its %zu archives could be "
            "asked",
            c->members.path, id, count);
        return c->worst != EXIT_DONE ? c->worst : EXIT_CORRUPT;
    }
    say(c->have_key
            ? "%s: %s: no article with this ID in any of %zu archives, "
              "proven by their signed maps%s"
            : "%s: %s: no article with this ID in any of %zu archives, "
              "according to their unsigned indexes",
        c->members.path, id, count,
        strstr(id, "://") != NULL
            ? "; none with this URL, according to the unsigned indexes"
            : "");
    return EXIT_NOT_FOUND;
}

/* Names a member that cannot say whether it has an ID, once. It hides no
 * article of others. */
static void
say_unanswered(struct collection *c, size_t member, const struct archive *a,
               int rc, const struct sheaf_error *err)
{
    if (!c->states[member].told)
        c->worst = worse(c->worst, archive_failed(a, rc, err));
    c->states[member].told = true;
}

/* Whether this is the error of an article that is there and cannot be read: an
 * older one of an earlier member is no answer then. Other errors may be of the
 * index, which may not have the ID at all. */
static bool
is_lost(int rc)
{
    return rc == SHEAF_ECORRUPT || rc == SHEAF_EVERIFY || rc == SHEAF_EMISSING;
}

/* The same of the error with which an ID was not found: whatever it is, the
 * article is there if the index has the ID. */
static bool
is_lost_id(const struct archive *a, struct sheaf_bytes id, int rc)
{
    uint64_t offset;

    return is_lost(rc) ||
           (rc != SHEAF_OK && rc != SHEAF_ENOTFOUND && rc != SHEAF_EREDACTED &&
            sheaf_hint(a->reader, a->scratch, id, &offset, NULL) == SHEAF_OK);
}

/* Looks in the members that may have the ID, the last one first. *at is the
 * one that has or had it; SIZE_MAX: none. *doubt: one could not be asked. */
static int
find_id(struct collection *c, struct sheaf_bytes id, uint32_t rev, size_t *at,
        bool *doubt, struct sheaf_entry *out, struct sheaf_error *err)
{
    uint8_t hash[32];
    size_t k = SIZE_MAX;

    hash_blake2b(id.data, id.len, hash);
    while ((k = members_last(&c->members, hash, k)) != SIZE_MAX) {
        int rc;

        if (collection_enter(c, k) != EXIT_DONE) {
            *doubt = true;
            continue;
        }
        rc = sheaf_find(c->archive->reader, c->archive->scratch, id, 0, out,
                        err);
        if (rc == SHEAF_ENOTFOUND)
            continue;
        if (rc != SHEAF_OK && rc != SHEAF_EREDACTED &&
            !is_lost_id(c->archive, id, rc)) {
            say_unanswered(c, k, c->archive, rc, err);
            *doubt = true;
            continue;
        }
        *at = k;
        if (rc == SHEAF_OK && rev != 0)
            rc = sheaf_find(c->archive->reader, c->archive->scratch, id, rev,
                            out, err);
        return rc;
    }
    *at = SIZE_MAX;
    return SHEAF_ENOTFOUND;
}

/* The last member that has an article with this URL says which ID that is. If
 * that article cannot be read, no earlier one is an answer. */
static int
find_url(struct collection *c, const char *url, struct sheaf_buf *id,
         bool *doubt)
{
    struct sheaf_article article;
    struct sheaf_entry entry;

    for (size_t k = c->members.count; k > 0; k--) {
        struct sheaf_error err = { 0 };
        int rc;

        if (collection_enter(c, k - 1) != EXIT_DONE) {
            *doubt = true;
            continue;
        }
        rc = sheaf_find_url(c->archive->reader, c->archive->scratch,
                            sheaf_str(url), &entry, &err);
        if (rc == SHEAF_OK)
            rc = sheaf_read(c->archive->reader, c->archive->scratch, &entry,
                            &article, &err);
        if (is_lost(rc))
            return archive_failed(c->archive, rc, &err);
        if (rc == SHEAF_ENOTFOUND || rc == SHEAF_EREDACTED)
            continue;
        if (rc != SHEAF_OK) {
            say_unanswered(c, k - 1, c->archive, rc, &err);
            *doubt = true;
            continue;
        }
        if (c->have_key)
            say("%s: %s: found by the index of URLs, which nobody signs: "
                "another article may have this URL, too",
                c->archive->path, url);
        return buf_add(id, article.id.data, article.id.len) ? EXIT_DONE
                                                            : say_no_memory();
    }
    return EXIT_NOT_FOUND;
}

/* It was found, but a later member may have a newer one. */
static int
say_doubt(struct collection *c, const char *id)
{
    say("%s: warning: %s: a later archive that could not be asked may have a "
        "newer revision",
        c->archive->path, id);
    c->worst = worse(c->worst, EXIT_CORRUPT);
    return EXIT_DONE;
}

int
collection_find(struct collection *c, const char *id, uint32_t rev,
                bool trying, struct sheaf_entry *out)
{
    struct sheaf_error err = { 0 };
    struct sheaf_buf other = { 0 };
    bool doubt = false;
    size_t at;
    int rc = find_id(c, sheaf_str(id), rev, &at, &doubt, out, &err);
    int code = EXIT_DONE;

    if (rc == SHEAF_ENOTFOUND && at == SIZE_MAX && strstr(id, "://") != NULL) {
        code = find_url(c, id, &other, &doubt);
        if (code == EXIT_DONE)
            rc = find_id(c, buf_view(&other), rev, &at, &doubt, out, &err);
        sheaf_buf_free(&other);
        if (code != EXIT_DONE && code != EXIT_NOT_FOUND)
            return code;
    }
    if (rc == SHEAF_OK)
        return doubt ? say_doubt(c, id) : EXIT_DONE;
    if (trying && (rc == SHEAF_EREDACTED || rc == SHEAF_ENOTFOUND) && !doubt)
        return EXIT_NOT_FOUND;
    if (rc == SHEAF_ENOTFOUND && at != SIZE_MAX)
        say("%s: %s: no revision %u of the article in this archive",
            c->archive->path, id, (unsigned)rev);
    else if (rc == SHEAF_ENOTFOUND)
        return say_absent(c, id, doubt);
    else if (rc == SHEAF_EREDACTED)
        say("%s: %s: %s", c->archive->path, id, err.message);
    else
        return archive_failed(c->archive, rc, &err);
    return EXIT_NOT_FOUND;
}

int
collection_superseded(struct collection *c, size_t member,
                      struct sheaf_bytes id, bool *out)
{
    uint8_t hash[32];
    size_t k = SIZE_MAX;
    bool doubt = false;

    *out = false;
    hash_blake2b(id.data, id.len, hash);
    while ((k = members_last(&c->members, hash, k)) != SIZE_MAX &&
           k > member) {
        struct sheaf_error err = { 0 };
        struct sheaf_entry entry;
        bool lost;
        int rc;

        if (enter(c, k, &c->aside, &c->aside_open) != EXIT_DONE) {
            doubt = true;
            continue;
        }
        rc = sheaf_find(c->aside.reader, c->aside.scratch, id, 0, &entry,
                        &err);
        lost = is_lost_id(&c->aside, id, rc);
        if (rc == SHEAF_OK || rc == SHEAF_EREDACTED || lost) {
            *out = true; /* what is damaged is named where it is listed */
            if (rc == SHEAF_EIO || rc == SHEAF_ENOMEM)
                say_unanswered(c, k, &c->aside, rc, &err);
            c->worst = worse(c->worst, lost ? EXIT_CORRUPT : EXIT_DONE);
            return EXIT_DONE;
        }
        if (rc != SHEAF_ENOTFOUND) {
            say_unanswered(c, k, &c->aside, rc, &err);
            doubt = true;
        }
    }
    if (doubt) {
        c->worst = worse(c->worst, EXIT_CORRUPT);
        if (!c->doubted)
            say("%s: warning: archives that could not be asked may have newer "
                "revisions of these articles",
                c->members.path);
        c->doubted = true;
    }
    return EXIT_DONE;
}
