/*
 * crawl_media.h - --media in crawls: where the records are that articles may
 * have as parts.
 *
 * A record may come before the page that names it or behind it, so that the
 * crawl is read twice. The first time notes where these records are, and
 * copies them to a temporary file unless they can be read where they are.
 */
#ifndef SHEAF_IMPORT_CRAWL_MEDIA_H
#define SHEAF_IMPORT_CRAWL_MEDIA_H

#include "import/crawl.h"

/* Later ones are not known; each takes 40 bytes of memory. */
#define CRAWL_MEDIA_RECORDS ((size_t)1 << 20)
#define CRAWL_MEDIA_TYPE ((size_t)100)

struct crawl_media *crawl_media_new(void);
void crawl_media_free(struct crawl_media *m);
/* Notes a record. `whole` is all of it, or empty if it is too large. `at` is
 * its place in `fd`; a record that is in no file (-1) is copied. A `suspect`
 * one is from damaged data, and used only if its digest is right. */
void crawl_media_add(struct crawl_media *m, const struct crawl_record *r,
                     struct text whole, int fd, uint64_t at, bool suspect);
/* After all are noted: warns if some are missing. */
void crawl_media_ready(struct crawl_media *m, const char *place);

/* This is used from now on, or NULL; returns the one before. */
const struct crawl_media *crawl_media_use(const struct crawl_media *m);
const struct crawl_media *crawl_media_used(void);

/* The address that `name` means on a page at `base`, in the form in which
 * addresses are compared. False: it is none. */
bool crawl_media_key(struct text name, struct text base,
                     struct sheaf_buf *out);

struct crawl_file {
    char *data; /* freed with mem_free() */
    size_t size;
    char type[CRAWL_MEDIA_TYPE]; /* or "" */
    const char *doubt;           /* what may be wrong with it, or NULL */
};

/* Reads what was captured at the address `key`, the last time before `date`,
 * or else the first time after. False: `why` says why not; *there, whether
 * there is a record. */
bool crawl_media_get(const struct crawl_media *m, struct text key,
                     struct text date, size_t max, struct crawl_file *out,
                     bool *there, const char **why);

#endif
