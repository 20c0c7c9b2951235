/*
 * archive.c - an archive opened for reading, and finding articles in it.
 */
#include "cli/archive.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/base64.h"
#include "cli/hint.h"
#include "cli/remote.h"

/* An archive was opened of which generations are lost. */
static bool incomplete;

bool
archive_any_incomplete(void)
{
    return incomplete;
}

/* Something in one was not as it should be, if only so that it could be
 * derived. */
static bool damaged;

bool
archive_any_damaged(void)
{
    return damaged;
}

/* Another key, or an older state, is not what a wrong byte makes of one. */
static bool
tells_of_damage(int rc, const struct sheaf_error *err)
{
    return rc == SHEAF_ECORRUPT ||
           (rc == SHEAF_EVERIFY && strcmp(err->clause, "F9.7") != 0);
}

void
archive_mended(void)
{
    incomplete = false;
}

static bool earlier_allowed;
static bool tail_allowed;

void
archive_allow_earlier(void)
{
    earlier_allowed = true;
}

void
archive_allow_tail(void)
{
    tail_allowed = true;
}

/* Whether all that is lost may be an append during which the power failed. */
static bool
is_only_tail(const struct sheaf_info *i)
{
    return i->lost_leaves != 0 && !i->end_damaged;
}

static void
warn_of_end(const struct archive *a)
{
    const struct sheaf_info *i = &a->info;

    if (is_only_tail(i) && tail_allowed) {
        say("%s: warning: %llu bytes after the end are damaged; if an append "
            "was interrupted here, they are kept in a file of their own",
            a->path, (unsigned long long)i->tail_bytes);
        return;
    }
    if (i->lost_leaves != 0) {
        incomplete = true;
        say("%s: warning: what follows generation %llu is damaged: leaves "
            "(%llu or more) are not read; 'sheaf recover' finds their "
            "articles",
            a->path, (unsigned long long)i->generation,
            (unsigned long long)i->lost_leaves);
        return;
    }
    if (i->end_damaged)
        say("%s: warning: the second copy of the end of generation %llu is "
            "not whole: append or repair writes it again",
            a->path, (unsigned long long)i->generation);
    if (i->tail_bytes != 0)
        say("%s: warning: %llu bytes after the end: an append that is running "
            "or was interrupted",
            a->path, (unsigned long long)i->tail_bytes);
}

uint64_t
archive_leaves(const struct archive *a)
{
    return a->trusted ? a->info.signed_size : a->info.size;
}

void
archive_warn_unsigned(const struct archive *a)
{
    const struct sheaf_info *i = &a->info;

    if (i->signed_size < i->size)
        say("%s: warning: %llu of %llu leaves are past the signature", a->path,
            (unsigned long long)(i->size - i->signed_size),
            (unsigned long long)i->size);
}

static void
say_other_key(const struct archive *a, const struct sheaf_public_key *key)
{
    static const char mark[] = "\xE2\x80\x94 ";
    struct sheaf_bytes rest = a->info.note;
    struct sheaf_buf vkey = { 0 };
    struct sheaf_bytes given;
    char origin[256];

    snprintf(origin, sizeof origin, "%.*s", (int)a->info.origin.len,
             (const char *)a->info.origin.data);
    if (sheaf_vkey(key, SHEAF_SIGNER_LOG, origin, &vkey, NULL) != SHEAF_OK) {
        sheaf_buf_free(&vkey);
        return;
    }
    given = buf_view(&vkey);
    (void)bytes_until(&given, '+');
    while (rest.len != 0) {
        struct sheaf_bytes line = bytes_until(&rest, '\n');
        struct sheaf_bytes name;
        uint8_t id[6]; /* the first four, as eight characters are decoded */
        size_t n;

        if (line.len <= strlen(mark) ||
            memcmp(line.data, mark, strlen(mark)) != 0)
            continue;
        line = sheaf_view(line.data + strlen(mark), line.len - strlen(mark));
        name = bytes_until(&line, ' ');
        if (!bytes_equal(name, a->info.origin) || line.len < 8 ||
            !base64_decode(line.data, 8, id, sizeof id, &n))
            continue;
        say_also("%s: the key that signed has the ID %02x%02x%02x%02x in "
                 "notes; the given one, %016llX, has %.*s",
                 a->path, id[0], id[1], id[2], id[3],
                 (unsigned long long)key_number(key->id),
                 (int)min_u64(given.len, 8), (const char *)given.data);
        break;
    }
    sheaf_buf_free(&vkey);
}

int
archive_refused(const struct archive *a, const struct sheaf_public_key *key,
                int rc, const struct sheaf_error *err)
{
    int code = archive_failed(a, rc, err);

    if (key != NULL && strcmp(err->clause, "F9.7") == 0)
        say_other_key(a, key);
    return code;
}

int
archive_open(struct archive *a, const char *path,
             const struct sheaf_public_key *key)
{
    return archive_open_noting(a, path, key, NULL);
}

int
archive_open_noting(struct archive *a, const char *path,
                    const struct sheaf_public_key *key,
                    struct failure *failure)
{
    return archive_open_for(a, path, key, (struct wanted_ids){ NULL, 0 },
                            failure);
}

static int
open_source(const struct archive *a, struct sheaf_source *out,
            struct sheaf_error *err)
{
    return a->shown != NULL ? remote_open(out, a->name, a->path, err)
                            : sheaf_source_file(out, a->name, err);
}

bool
archive_is_far(const struct archive *a)
{
    return a->shown != NULL;
}

static void
expect(const struct archive *a, struct wanted_ids wanted, bool key)
{
    struct sheaf_bytes ids[SHEAF_EXPECT_MAX];
    size_t count = 0;

    for (; count < wanted.count && count < SHEAF_EXPECT_MAX; count++)
        ids[count] = sheaf_str(wanted.ids[count]);
    if (count != 0 || key)
        sheaf_expect(a->reader, a->scratch, ids, count, key);
}

void
archive_expect(const struct archive *a, struct wanted_ids wanted)
{
    if (archive_is_far(a))
        expect(a, wanted, false);
}

/* What copies, signs or serves an archive must have all of it. */
static int
check_whole(const struct archive *a)
{
    if (a->info.lost_leaves == 0 || earlier_allowed ||
        (is_only_tail(&a->info) && tail_allowed))
        return EXIT_DONE;
    say("%s: what was added last cannot be %s; repair or recover the archive "
        "first",
        a->path, a->trusted ? "checked" : "read");
    return EXIT_CORRUPT;
}

int
archive_use_key(struct archive *a, const struct sheaf_public_key *key)
{
    struct sheaf_error err = { 0 };
    uint64_t lost;
    int rc = sheaf_authenticate(a->reader, key, &err);

    if (rc != SHEAF_OK)
        return archive_refused(a, key, rc, &err);
    a->trusted = true;
    a->key = *key;
    lost = a->info.lost_leaves;
    sheaf_get_info(a->reader, &a->info);
    if (a->info.lost_leaves != lost)
        warn_of_end(a);
    archive_warn_unsigned(a);
    return check_whole(a);
}

int
archive_open_for(struct archive *a, const char *path,
                 const struct sheaf_public_key *key, struct wanted_ids wanted,
                 struct failure *failure)
{
    struct sheaf_error err = { 0 };
    struct sheaf_source source;
    int rc;

    memset(a, 0, sizeof *a);
    a->path = a->name = path;
    a->failure = failure;
    a->several = wanted.count > 1;
    if (strcmp(path, "-") == 0)
        return say_usage(NULL, "an archive can't be read from a pipe");
    if (remote_is(path)) {
        a->path = a->shown = remote_shown(path);
        if (a->shown == NULL)
            return say_no_memory();
    }
    rc = open_source(a, &source, &err);
    if (rc == SHEAF_OK)
        rc = sheaf_open(source, NULL, &a->reader, &err);
    if (rc == SHEAF_OK)
        rc = sheaf_scratch_new(&a->scratch, &err);
    if (rc != SHEAF_OK)
        return archive_failed(a, rc, &err);
    a->source = source;
    sheaf_get_info(a->reader, &a->info);
    warn_of_end(a);
    if (archive_is_far(a))
        expect(a, wanted, key != NULL);
    return key != NULL ? archive_use_key(a, key) : check_whole(a);
}

/* What has the name of the archive now. `key` may be NULL. */
static int
open_anew(const struct archive *a, const struct sheaf_public_key *key,
          struct sheaf_source *source, struct sheaf_reader **out,
          struct sheaf_info *info, struct sheaf_error *err)
{
    struct sheaf_reader *reader = NULL;
    int rc = open_source(a, source, err);

    if (rc == SHEAF_OK)
        rc = sheaf_open(*source, NULL, &reader, err);
    if (rc == SHEAF_OK && key != NULL)
        rc = sheaf_authenticate(reader, key, err);
    if (rc != SHEAF_OK) {
        sheaf_close(reader);
        return rc;
    }
    sheaf_get_info(reader, info);
    *out = reader;
    return SHEAF_OK;
}

bool
archive_is_unchanged(const struct archive *a)
{
    struct sheaf_reader *reader = NULL;
    struct sheaf_source source;
    struct sheaf_info info;
    bool same;

    if (open_anew(a, NULL, &source, &reader, &info, NULL) != SHEAF_OK)
        return false;
    same = info.file_bytes == a->info.file_bytes &&
           memcmp(info.root, a->info.root, sizeof info.root) == 0;
    sheaf_close(reader);
    return same;
}

bool
archive_is_replaced(const struct archive *a,
                    const struct sheaf_public_key *key, uint64_t size)
{
    struct sheaf_reader *reader = NULL;
    struct sheaf_source source;
    struct sheaf_info info;
    bool replaced;

    if (open_anew(a, key, &source, &reader, &info, NULL) != SHEAF_OK)
        return false;
    replaced = info.signed_size >= size &&
               bytes_equal(info.origin, a->info.origin);
    sheaf_close(reader);
    return replaced;
}

int
archive_reopen(struct archive *a)
{
    struct sheaf_reader *reader = NULL;
    struct sheaf_error err = { 0 };
    struct sheaf_source source;
    struct sheaf_info info;
    int rc = open_anew(a, a->trusted ? &a->key : NULL, &source, &reader, &info,
                       &err);

    if (rc != SHEAF_OK)
        return archive_failed(a, rc, &err);
    if (info.size != a->info.size ||
        memcmp(info.root, a->info.root, sizeof info.root) != 0) {
        sheaf_close(reader);
        say("%s: changed while it was read: try again", a->path);
        return EXIT_FAILED;
    }
    sheaf_close(a->reader);
    a->reader = reader;
    a->source = source;
    a->info = info;
    return EXIT_DONE;
}

/* Called at the end: only then is the damage known. */
static void
warn_of_damage(const struct archive *a)
{
    struct sheaf_error first = { 0 };

    if (a->reader == NULL || sheaf_get_damage(a->reader, &first) == 0)
        return;
    damaged = true;
    if (a->told || first.clause[0] == '\0')
        return;
    if (first.offset == UINT64_MAX)
        say("%s: warning: damaged: %s [%s]; 'sheaf repair' restores what can "
            "be derived",
            a->path, first.message, first.clause);
    else
        say("%s: warning: damaged: %s [%s at %llu]; 'sheaf repair' "
            "restores what can be derived",
            a->path, first.message, first.clause,
            (unsigned long long)first.offset);
}

void
archive_close(struct archive *a)
{
    warn_of_damage(a);
    sheaf_scratch_free(a->scratch);
    sheaf_close(a->reader);
    free(a->shown);
}

int
archive_failed(const struct archive *a, int rc, const struct sheaf_error *err)
{
    if (a->failure != NULL) {
        a->failure->rc = rc;
        a->failure->err = *err;
        if (far_failed(rc, err) != NULL)
            snprintf(a->failure->err.message, sizeof err->message, "%.*s",
                     (int)sizeof err->message - 1, far_failed(rc, err));
    }
    damaged = damaged || tells_of_damage(rc, err);
    if (a->trying)
        return exit_code(rc);
    return say_failed(a->path, rc, err);
}

int
archive_failed_by(const struct archive *a, const char *path, int rc,
                  const struct sheaf_error *err)
{
    struct archive other = *a;

    if (exit_code(rc) != EXIT_NOT_AUTHENTIC ||
        strcmp(err->clause, "F9.7") == 0 || strcmp(err->clause, "F9.10") == 0)
        other.path = path;
    return archive_failed(&other, rc, err);
}

int
archive_read(const struct archive *a, const struct sheaf_entry *entry,
             struct sheaf_article *out)
{
    struct sheaf_error err = { 0 };
    int rc = sheaf_read(a->reader, a->scratch, entry, out, &err);

    return rc == SHEAF_OK ? EXIT_DONE : archive_failed(a, rc, &err);
}

/* The index says which article has the URL. Its newest revision is then
 * found by ID, so that it is proven where IDs are in the map. */
static int
find_by_url(const struct archive *a, const char *url, uint32_t rev,
            struct sheaf_entry *out, struct sheaf_error *err)
{
    struct sheaf_article article;
    struct sheaf_buf id = { 0 };
    int rc;

    rc = sheaf_find_url(a->reader, a->scratch, sheaf_str(url), out, err);
    if (rc == SHEAF_OK)
        rc = sheaf_read(a->reader, a->scratch, out, &article, err);
    if (rc != SHEAF_OK)
        return rc;
    /* The view of the ID is not valid after the next call. */
    if (!buf_add(&id, article.id.data, article.id.len)) {
        memset(err, 0, sizeof *err);
        return SHEAF_ENOMEM;
    }
    rc = sheaf_find(a->reader, a->scratch, buf_view(&id), rev, out, err);
    sheaf_buf_free(&id);
    if (rc == SHEAF_OK && a->trusted)
        say("%s: %s: found by the index of URLs, which nobody signs: another "
            "article may have this URL, too",
            a->path, url);
    return rc;
}

/* Suggests a URL that is nearly the same. */
static void
say_hint(const struct archive *a, const char *id)
{
    struct sheaf_buf other = { 0 };

    /* Far away, to guess takes a round trip for each guess. */
    if (!archive_is_far(a) &&
        hint_find(a->reader, a->scratch, id, !a->several, &other) &&
        buf_end(&other) && strcmp(buf_str(&other), id) != 0)
        say("%s: but there is %s", a->path, buf_str(&other));
    sheaf_buf_free(&other);
}

/* Warns that the absence of a URL is not proven: only IDs are in the signed
 * map. */
static void
say_absent(const struct archive *a, const char *id, uint32_t rev)
{
    const char *what = rev != 0 ? "such revision of an article" : "article";
    bool older = a->info.signed_size < a->info.size;

    if (!a->trusted)
        say("%s: %s: no %s with this ID, according to the unsigned index",
            a->path, id, what);
    else
        say("%s: %s: no %s%s with this ID, proven by the signed map%s",
            a->path, id, older ? "signed " : "", what,
            strstr(id, "://") != NULL
                ? "; none with this URL, according to the unsigned index"
                : "");
}

int
archive_find(const struct archive *a, const char *id, uint32_t rev,
             struct sheaf_entry *out)
{
    struct sheaf_error err = { 0 };
    size_t len = strlen(id);
    int rc;

    rc = sheaf_find(a->reader, a->scratch, sheaf_view(id, len), rev, out,
                    &err);
    if (rc == SHEAF_ENOTFOUND)
        rc = find_by_url(a, id, rev, out, &err);
    if ((a->trying || a->asking) &&
        (rc == SHEAF_EREDACTED || rc == SHEAF_ENOTFOUND))
        return EXIT_NOT_FOUND;
    if (rc == SHEAF_EREDACTED) {
        say("%s: %s: %s", a->path, id, err.message);
        return EXIT_NOT_FOUND;
    }
    if (rc == SHEAF_ENOTFOUND) {
        say_absent(a, id, rev);
        say_hint(a, id);
        return EXIT_NOT_FOUND;
    }
    return rc == SHEAF_OK ? EXIT_DONE : archive_failed(a, rc, &err);
}

/* ---- Lost articles ------------------------------------------------------- */

void
archive_say_lost(const struct archive *a, const struct sheaf_scan_item *item,
                 struct lost *lost)
{
    if (item->id.len != 0)
        say("%s: lost: %.*s: %s", a->path, (int)item->id.len,
            (const char *)item->id.data, item->why->message);
    else
        say("%s: lost: leaf %llu: %s", a->path, (unsigned long long)item->leaf,
            item->why->message);
    lost->leaves++;
    lost->forged = lost->forged || item->why->code != SHEAF_ECORRUPT;
}

int
archive_lost_code(const struct archive *a, const struct lost *lost)
{
    if (lost->leaves == 0)
        return EXIT_DONE;
    say("%s: %llu of %llu leaves are lost; all others are there", a->path,
        (unsigned long long)lost->leaves, (unsigned long long)a->info.size);
    return lost->forged ? EXIT_NOT_AUTHENTIC : EXIT_CORRUPT;
}

int
archive_id(const struct archive *a, const char *name, uint32_t rev,
           struct sheaf_buf *out)
{
    struct sheaf_article article = { .leaf = 0 };
    struct sheaf_entry entry;
    struct sheaf_error err = { 0 };
    struct sheaf_bytes id = sheaf_str(name);
    int rc = sheaf_find(a->reader, a->scratch, id, rev, &entry, &err);
    int code = EXIT_DONE;

    if (rc == SHEAF_ENOTFOUND) {
        code = archive_find(a, name, rev, &entry);
        if (code == EXIT_DONE)
            code = archive_read(a, &entry, &article);
        id = article.id;
    } else if (rc != SHEAF_OK && rc != SHEAF_EREDACTED) {
        code = archive_failed(a, rc, &err);
    }
    if (code == EXIT_DONE && !buf_add(out, id.data, id.len))
        code = say_no_memory();
    return code;
}
