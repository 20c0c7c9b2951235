/*
 * meta.h - the members of a metadata line (format.md F4).
 *
 * A metadata line has one article's ID, revision, parts, and whatever else is
 * known of it. json_check checks that it is canonical JSON. This file checks
 * the members that Sheaf itself uses. All others are up to the packer.
 */
#ifndef SHEAF_FORMAT_META_H
#define SHEAF_FORMAT_META_H

#include "base/base.h"
#include "base/json.h"
#include "sheaf.h"

#define META_ID_MAX 1024  /* bytes, unescaped */
#define META_TYPE_MAX 127 /* bytes of a media type, unescaped */
#define META_PARTS_MAX 254
#define META_REV_MAX 0xFFFFFFFF
#define META_PREV_BYTES 32

/* Roles, with their numbers in leaves. 1 is the metadata line itself, which
 * is not among its own parts. */
enum meta_role {
    META_NO_ROLE = 0,
    META_BODY = 2,
    META_TEXT = 3,
    META_RAW = 4,
    META_SUMMARY = 5,
    META_MEDIA = 6,
    META_NOTE = 7
};

/*
 * Views of the line, each the JSON text of a value: strings with their quotes
 * and escapes (json_string removes these). A missing member has length 0.
 */
struct meta {
    struct sheaf_bytes id;
    struct sheaf_bytes published;
    struct sheaf_bytes updated;
    struct sheaf_bytes section;
    struct sheaf_bytes headline;
    struct sheaf_bytes url;
    struct sheaf_bytes prev;
    struct sheaf_bytes parts;
    struct sheaf_bytes salt;
    uint64_t rev;
};

struct meta_part {
    enum meta_role role;
    uint64_t size;
    struct sheaf_bytes type; /* JSON, as above */
};

/*
 * Checks a line by json_check, and parses it. The views are valid as long as
 * the line.
 *
 * SHEAF_ECORRUPT, with NO_OFFSET and the clause of the first error: F4.2 and
 * F4.3 as json_check, then F4.4 id, F4.5 rev, F4.6 parts, F4.7 prev, F4.8 the
 * other strings except the salt.
 */
int meta_parse(struct sheaf_bytes line, struct meta *out,
               struct sheaf_error *err);

/* Walks meta.parts; begin with json_iter_over(meta.parts). False at the
 * end, and at a part that meta_parse would refuse. */
bool meta_next_part(struct json_iter *it, struct meta_part *out);

/* The role with this name (without quotes), or META_NO_ROLE. */
enum meta_role meta_role(struct sheaf_bytes name);

/*
 * Milliseconds since 1970 of a date or time (plain text, no quotes):
 *
 *     YYYY   YYYY-MM   YYYY-MM-DD   YYYY-MM-DDThh:mm:ss
 *     YYYY-MM-DDThh:mm:ss[.f](Z|+hh:mm|-hh:mm)     f: 1 to 9 digits
 *
 * What is not said is the earliest it could be; a time without a zone is
 * taken as UTC. The Gregorian calendar throughout, years 0001 to 9999, no
 * leap seconds; a fraction is cut to whole milliseconds. False for anything
 * else, and *ms is left alone.
 */
bool meta_time(struct sheaf_bytes text, int64_t *ms);

/* The time of an article's leaf: that of `updated` if it can be parsed,
 * else of `published`, else INT64_MIN. */
int64_t meta_leaf_time(const struct meta *meta);

/*
 * Appends the metadata line of `fields` (a canonical object that has `id`, and
 * neither rev, prev nor parts) with these three added, each in its place.
 * `prev` is a hash of META_PREV_BYTES, NULL when rev is 1; `parts` is a
 * canonical array; neither may be in `out`. The line passes json_check and
 * meta_parse.
 *
 * SHEAF_EINVAL: it would not pass. SHEAF_ELIMIT: it would be too long.
 * SHEAF_ENOMEM. On failure `out` is unchanged.
 */
int meta_compose(struct sheaf_bytes fields, uint64_t rev, const uint8_t *prev,
                 struct sheaf_bytes parts, struct sheaf_buf *out,
                 struct sheaf_error *err);

#endif
