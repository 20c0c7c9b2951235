/*
 * signing.c - what must hold of an archive before it is signed anew.
 */
#include "cli/signing.h"

#include <string.h>

#include "base/source_range.h"

/* A kill may have left the second copy of the end unwritten. Whatever appends
 * writes it again first; so it is not a reason to refuse. An archive that is
 * only read stays as it is. */
static int
mend_end(const struct packing *p, const struct archive *a, uint64_t *size)
{
    struct sheaf_writer *w = NULL;
    struct sheaf_error err = { 0 };
    struct sheaf_info info;
    int rc;

    *size = a->info.file_bytes;
    if (!a->info.end_damaged || strcmp(p->target, a->path) != 0)
        return EXIT_DONE;
    rc = sheaf_writer_append(a->path, &p->options, NULL, &w, &err);
    if (rc != SHEAF_OK)
        return archive_failed(a, rc, &err);
    sheaf_writer_get_base(w, &info);
    *size = info.file_bytes;
    sheaf_writer_free(w);
    return EXIT_DONE;
}

static int
verify_all(const struct packing *p, const struct archive *a, uint64_t size,
           const struct sheaf_public_key *key, struct sheaf_error *err)
{
    struct sheaf_verify_options options = { SHEAF_VERIFY_OPTIONS };
    /* Without bytes after its end, which append cuts off. */
    struct source_range whole = { .size = size };
    struct sheaf_reader *reader = NULL;
    struct sheaf_report report;
    struct progress progress;
    int rc;

    progress_start(&progress, args_has(p->args, OPT_QUIET));
    options.threads = p->options.threads;
    options.progress = progress_bytes;
    options.arg = &progress;
    options.key = key;
    rc = sheaf_source_file(&whole.of, a->path, err);
    if (rc == SHEAF_OK)
        rc = sheaf_open(source_of_range(&whole), NULL, &reader, err);
    if (rc == SHEAF_OK)
        rc = sheaf_verify(reader, &options, &report, err);
    progress_clear(&progress);
    sheaf_close(reader);
    if (whole.of.ops != NULL)
        whole.of.ops->close(whole.of.ctx);
    return rc;
}

void
signing_look(const struct archive *a, struct looked_at *out)
{
    out->size = a->info.size;
    out->signed_size = a->info.signed_size;
    out->has_note = a->info.note.len != 0;
    memcpy(out->root, a->info.root, sizeof out->root);
    assert(a->info.origin.len < sizeof out->origin);
    memcpy(out->origin, a->info.origin.data, a->info.origin.len);
    out->origin[a->info.origin.len] = '\0';
}

int
signing_open(struct packing *p, const struct looked_at *was)
{
    struct sheaf_error err = { 0 };
    struct sheaf_info now;
    int rc = sheaf_writer_append(p->target, &p->options,
                                 p->sign ? &p->pub : NULL, &p->writer, &err);

    if (rc != SHEAF_OK)
        return say_failed(p->target, rc, &err);
    sheaf_writer_get_base(p->writer, &now);
    if (now.size == was->size && now.signed_size == was->signed_size &&
        (now.note.len != 0) == was->has_note &&
        memcmp(now.root, was->root, sizeof was->root) == 0)
        return EXIT_DONE;
    say("%s: it changed while it was looked at; try again", p->target);
    return EXIT_FAILED;
}

int
signing_verify(const struct packing *p, const struct archive *a)
{
    const struct sheaf_public_key *key = a->info.note.len != 0 ? &p->pub
                                                               : NULL;
    struct sheaf_error err = { 0 };
    uint64_t size;
    int rc, code = mend_end(p, a, &size);

    if (code != EXIT_DONE)
        return code;
    rc = verify_all(p, a, size, key, &err);
    /* Redactions may be what is to be signed. */
    if (rc == SHEAF_EVERIFY && key != NULL &&
        strcmp(err.clause, "F6.6") == 0 &&
        args_has(p->args, OPT_SIGN_UNSIGNED)) {
        say("%s: warning: %s [F6.6]; now it will be", a->path, err.message);
        rc = verify_all(p, a, size, NULL, &err);
        if (rc == SHEAF_OK)
            rc = sheaf_check_note(a->reader, a->scratch, a->info.note, key,
                                  NULL, &err);
    }
    return rc == SHEAF_OK ? EXIT_DONE
                          : archive_refused(a, &p->pub, rc, &err);
}

/* The tree must be the one that was signed. What was signed before is not
 * read again: that would take long, and what is signed anew are hashes. But a
 * failing disk should not go unnoticed. */
static int
check_signed(const struct archive *a, const struct packing *p)
{
    struct sheaf_error err = { 0 };
    int rc = sheaf_check_note(a->reader, a->scratch, a->info.note, &p->pub,
                              NULL, &err);

    if (rc != SHEAF_OK)
        return archive_refused(a, &p->pub, rc, &err);
    rc = sheaf_check_newest(a->reader, a->scratch, &err);
    if (rc != SHEAF_ECORRUPT)
        return rc == SHEAF_OK ? EXIT_DONE : archive_failed(a, rc, &err);
    say("%s: warning: %s [%s at %llu]; 'sheaf verify' names it", a->path,
        err.message, err.clause, (unsigned long long)err.offset);
    return EXIT_DONE;
}

/* The archive must extend what was signed under this name before. */
static int
check_log(const struct packing *p, const struct archive *a, struct log *log)
{
    int code = log_open(log, a->info.origin, &p->pub, a);

    if (code == EXIT_DONE && !args_has(p->args, OPT_NEW_LOG))
        code = log_check(log, a, "--new-log");
    return code == EXIT_DONE ? log_reserve(log) : code;
}

/* Refuses unsigned leaves, which a stranger may have added: a signature on
 * new ones would sign them, too. */
static int
refuse_strangers(const struct packing *p, const struct archive *a)
{
    uint64_t extra = a->info.size - a->info.signed_size;

    if (extra == 0 || a->info.articles == 0 ||
        args_has(p->args, OPT_SIGN_UNSIGNED))
        return EXIT_DONE;
    say("%s: nobody has signed %llu of its %llu leaves: look at them, then "
        "give --sign-unsigned to sign them, too [F9.9]",
        a->path, (unsigned long long)extra, (unsigned long long)a->info.size);
    return EXIT_NOT_AUTHENTIC;
}

int
signing_check(const struct packing *p, const struct archive *a,
              bool first_too, struct log *log)
{
    int code = check_log(p, a, log);
    bool first = first_too && a->info.note.len == 0 &&
                 (!log->known || args_has(p->args, OPT_NEW_LOG));

    if (code == EXIT_DONE && !first)
        code = refuse_strangers(p, a);
    if (code == EXIT_DONE)
        code = a->info.signed_size != a->info.size ? signing_verify(p, a)
                                                   : check_signed(a, p);
    return code;
}

/* Whether this key has signed a log of that name. */
static int
is_known(const struct packing *p, struct sheaf_bytes origin,
         const struct log *open, bool *known)
{
    struct log log;
    int code;

    if (open != NULL && bytes_equal(origin, sheaf_str(open->origin))) {
        *known = open->known;
        return EXIT_DONE;
    }
    code = log_open(&log, origin, &p->pub, NULL);
    *known = log.known;
    log_close(&log);
    return code;
}

/* It must have all that this key has signed under its name. `open` as in
 * is_known. */
static int
check_newest(const struct packing *p, const struct archive *a,
             const struct log *open)
{
    struct log log;
    int code;

    if (open != NULL && bytes_equal(a->info.origin, sheaf_str(open->origin)))
        return EXIT_DONE; /* it is refused as another log of that name */
    code = log_open(&log, a->info.origin, &p->pub, a);
    if (code == EXIT_DONE)
        code = log_check(&log, a, "--sign-unsigned");
    log_close(&log);
    return code;
}

/* Without a key nobody knows whose signature it is. That of the new archive's
 * own key can be checked. */
static int
check_own(const struct packing *p, struct archive *a, const struct log *open)
{
    struct sheaf_error err = { 0 };
    int rc = sheaf_authenticate(a->reader, &p->pub, &err);
    int code;

    if (rc == SHEAF_OK) {
        code = archive_use_key(a, &p->pub);
        return code == EXIT_DONE ? check_newest(p, a, open) : code;
    }
    if (rc != SHEAF_EVERIFY)
        return archive_failed(a, rc, &err);
    say("%s: it is signed, but not with this key: give its own with -p or -P, "
        "or --sign-unsigned to sign what nobody has checked [F9.7]",
        a->path);
    return EXIT_NOT_AUTHENTIC;
}

int
signing_check_seals(const struct packing *p, const struct archive *a)
{
    struct sheaf_verify_options options = { SHEAF_VERIFY_OPTIONS };
    struct sheaf_error err = { 0 };
    struct sheaf_report report;
    int rc;

    if (!p->sign || args_has(p->args, OPT_SIGN_UNSIGNED) ||
        a->info.note.len != 0 || a->info.generation <= 1)
        return EXIT_DONE;
    options.threads = p->options.threads;
    rc = sheaf_verify(a->reader, &options, &report, &err);
    return rc == SHEAF_OK ? EXIT_DONE : archive_failed(a, rc, &err);
}

struct replaced {
    const struct sheaf_public_key *own;
    bool found;
    bool is_last;
};

static int
find_own(void *arg, const struct sheaf_public_key *key)
{
    struct replaced *r = arg;

    r->is_last = memcmp(r->own->key, key->key, sizeof key->key) == 0;
    r->found |= r->is_last;
    return 0;
}

/* A key that its owner has replaced, since he lost it perhaps, signs no more,
 * whatever the new archive is called. */
static int
refuse_replaced(const struct packing *p, const struct archive *a)
{
    struct replaced r = { .own = &p->pub };
    struct sheaf_error err = { 0 };
    int rc = sheaf_list_keys(a->reader, a->scratch, find_own, &r, &err);

    if (rc != SHEAF_OK)
        return archive_failed(a, rc, &err);
    if (!r.found || r.is_last)
        return EXIT_DONE;
    say("%s: this key was replaced: sign with the new one, which verify names "
        "[F9.10]",
        a->path);
    return EXIT_NOT_AUTHENTIC;
}

/* With the key of an archive, all of it must be signed. */
static int
check_all_signed(const struct archive *a)
{
    if (a->info.signed_size == a->info.size)
        return EXIT_DONE;
    say("%s: %llu of its leaves are not signed", a->path,
        (unsigned long long)(a->info.size - a->info.signed_size));
    return EXIT_NOT_AUTHENTIC;
}

/* Without its key, what is signed must be so by the key of `p`. */
static int
check_unknown(const struct packing *p, struct archive *a,
              const struct log *log)
{
    bool known = true;
    int code = EXIT_DONE;

    if (a->info.note.len == 0) /* it may have been taken away */
        code = is_known(p, a->info.origin, log, &known);
    if (code == EXIT_DONE && known)
        code = refuse_strangers(p, a);
    return code == EXIT_DONE && a->info.note.len != 0 ? check_own(p, a, log)
                                                      : code;
}

int
signing_check_input(const struct packing *p, struct archive *a,
                    const struct log *log)
{
    int code = a->trusted ? check_all_signed(a) : EXIT_DONE;

    if (code != EXIT_DONE || !p->sign || args_has(p->args, OPT_SIGN_UNSIGNED))
        return code;
    if (!a->trusted)
        code = check_unknown(p, a, log);
    return code == EXIT_DONE ? refuse_replaced(p, a) : code;
}
