/*
 * new_parts.c - the parts of a new article: their sizes, commitments and bytes.
 */
#include "write/new_parts.h"

#include <assert.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"

/* ---- Taking them --------------------------------------------------------- */

static const char *const role_names[] = { NULL,  NULL,      "body",  "text",
                                          "raw", "summary", "media", "note" };

static void
take(struct new_parts *n, const struct sheaf_new_part *p, size_t i)
{
    n->list[i] = *p;
    if (p->source == NULL)
        return;
    n->ranges[i] = (struct source_range){
        .of = *p->source, .size = p->source->ops->size(p->source->ctx)
    };
    n->sources[i] = source_of_range(&n->ranges[i]);
    n->list[i].source = &n->sources[i];
}

static uint64_t
part_size(const struct sheaf_new_part *p)
{
    return p->source != NULL ? p->source->ops->size(p->source->ctx)
                             : p->data.len;
}

int
new_parts_take(struct new_parts *n, const struct sheaf_new_part *parts,
               size_t count, struct sheaf_error *err)
{
    struct sheaf_buf *out = &n->json;
    bool good = true;
    uint64_t sum = 0;

    if (count == 0 || count > ARTICLE_PARTS_MAX ||
        parts[0].role != SHEAF_ROLE_BODY)
        return fail(err, SHEAF_EINVAL,
                    "an article has 1 to 254 parts, the body first");
    out->len = 0;
    for (size_t i = 0; good && i < count; i++) {
        const struct sheaf_new_part *p = &parts[i];
        struct sheaf_bytes type;
        uint64_t size;

        if (p->type == NULL)
            return fail(err, SHEAF_EINVAL, "part %zu has no type", i + 1);
        type = sheaf_str(p->type);
        take(n, p, i);
        size = part_size(&n->list[i]);
        if (p->role < SHEAF_ROLE_BODY || p->role > SHEAF_ROLE_NOTE ||
            (i > 0 && p->role == SHEAF_ROLE_BODY))
            return fail(err, SHEAF_EINVAL, "part %zu has no such role", i + 1);
        if (ADD_OVERFLOWS(sum, size, &sum) || sum > INT64_MAX / 4)
            return fail(err, SHEAF_EINVAL, "the parts are too large");
        good = buf_add_str(out, i == 0 ? "[{\"role\":\"" : ",{\"role\":\"") &&
               buf_add_str(out, role_names[p->role]) &&
               buf_add_str(out, "\",\"size\":") &&
               buf_add_u64_text(out, size) && buf_add_str(out, ",\"type\":") &&
               json_escape(type, out) && buf_add_str(out, "}");
    }
    if (!good || !buf_add_str(out, "]"))
        return fail_nomem(err);
    n->count = count;
    n->bytes = sum;
    return SHEAF_OK;
}

int
new_parts_commit(const struct new_parts *n, size_t i, const uint8_t *salt,
                 struct sheaf_buf *into, uint8_t out[32],
                 struct sheaf_error *err)
{
    const struct sheaf_new_part *p = &n->list[i];
    struct commitment c;
    int rc;

    if (p->source == NULL) {
        commitment_of(salt, p->data, out);
        return into == NULL || buf_add(into, p->data.data, p->data.len)
                   ? SHEAF_OK
                   : fail_nomem(err);
    }
    commitment_begin(&c, salt);
    rc = commitment_add_source(&c, p->source, 0, part_size(p), into, err);
    commitment_end(&c, out);
    return rc;
}

void
new_parts_keep(struct new_parts *n, const struct sheaf_buf *bytes)
{
    size_t at = 0;

    for (size_t i = 0; i < n->count; i++) {
        size_t size = (size_t)part_size(&n->list[i]);

        /* Where all are empty, there is no buffer. */
        n->list[i].data = size != 0 ? sheaf_view(bytes->data + at, size)
                                    : sheaf_view(NULL, 0);
        n->list[i].source = NULL;
        at += size;
    }
}

/* ---- As one source ------------------------------------------------------- */

static uint64_t
chain_size(void *ctx)
{
    const struct parts_chain *c = ctx;

    return c->parts->bytes;
}

static void
chain_check(struct parts_chain *c, size_t part, uint64_t from,
            const uint8_t *bytes, size_t len)
{
    uint8_t commitment[32];

    if (from == 0)
        commitment_begin(&c->now, c->salt);
    commitment_add(&c->now, bytes, len);
    if (from + len < part_size(&c->parts->list[part]))
        return;
    commitment_end(&c->now, commitment);
    c->changed = c->changed ||
                 memcmp(commitment, c->commitments[part], 32) != 0;
}

static int
chain_read_at(void *ctx, uint64_t offset, void *buf, size_t len)
{
    struct parts_chain *c = ctx;
    uint8_t *out = buf;

    for (size_t i = 0; i < c->parts->count && len != 0; i++) {
        const struct sheaf_new_part *p = &c->parts->list[i];
        uint64_t size = part_size(p);
        size_t n;

        if (offset >= size) {
            offset -= size;
            continue;
        }
        n = (size_t)min_u64(size - offset, len);
        if (p->source != NULL) {
            int sys = p->source->ops->read_at(p->source->ctx, offset, out, n);

            if (sys != 0)
                return sys;
        } else {
            memcpy(out, p->data.data + offset, n);
        }
        chain_check(c, i, offset, out, n);
        out += n;
        len -= n;
        offset = 0;
    }
    assert(len == 0);
    return 0;
}

static void
chain_close(void *ctx)
{
    (void)ctx;
}

static const struct sheaf_source_ops chain_ops = { chain_size, chain_read_at,
                                                   chain_close, NULL };

struct sheaf_source
parts_chain_source(struct parts_chain *chain)
{
    return (struct sheaf_source){ &chain_ops, chain };
}
