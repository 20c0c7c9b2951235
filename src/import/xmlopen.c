/*
 * xmlopen.c - the character set and the root element of XML that is to be cut
 * into records.
 */
#include <libxml/xmlerror.h>

#include "import/charset.h"
#include "import/xmlcut.h"

/* ---- Character sets ---- */

static size_t
read_memory(struct input *in, void *buffer, size_t cap)
{
    struct cut *c = in->ctx;
    size_t n = c->rest.len < cap ? c->rest.len : cap;

    memcpy(buffer, c->rest.data, n);
    c->rest = text_from(c->rest.data + n, c->rest.len - n);
    return n;
}

/* The encoding of the XML declaration. */
static struct text
declared(struct text t)
{
    const char *at, *end;
    char quote;

    if (text_begins(t, "\xEF\xBB\xBF"))
        t = text_from(t.data + 3, t.len - 3);
    t = text_trim(text_from(t.data, t.len < 1024 ? t.len : 1024));
    if (!text_begins(t, "<?xml"))
        return text_from("", 0);
    end = memmem(t.data, t.len, "?>", 2);
    t.len = end != NULL ? (size_t)(end - t.data) : t.len;
    at = memmem(t.data, t.len, "encoding", 8);
    if (at == NULL)
        return text_from("", 0);
    t = text_trim(text_from(at + 8, (size_t)(t.data + t.len - at) - 8));
    if (t.len > 0 && t.data[0] == '=')
        t = text_trim(text_from(t.data + 1, t.len - 1));
    quote = t.len > 2 ? t.data[0] : ' ';
    end = quote == '"' || quote == '\'' ? memchr(t.data + 1, quote, t.len - 1)
                                        : NULL;
    return end != NULL ? text_from(t.data + 1, (size_t)(end - t.data) - 1)
                       : text_from("", 0);
}

static const char *
utf32(struct text t)
{
    if (t.len < 4)
        return NULL;
    if (memcmp(t.data, "\xFF\xFE\0\0", 4) == 0 ||
        memcmp(t.data, "<\0\0\0", 4) == 0)
        return "UTF-32LE";
    if (memcmp(t.data, "\0\0\xFE\xFF", 4) == 0 ||
        memcmp(t.data, "\0\0\0<", 4) == 0)
        return "UTF-32BE";
    return NULL;
}

/* What fits in memory is judged as a whole. */
static struct text
decode(struct cut *c, struct text t)
{
    struct charset_hints hints = { .meta = declared(t) };
    bool utf8 = text_is_utf8(t), says_utf8;
    bool wide = recode_utf16(t) != NULL ||
                (t.len > 1 && (t.data[0] == '\0' || t.data[1] == '\0'));
    bool nuls = memchr(t.data, '\0', t.len) != NULL;

    says_utf8 = hints.meta.len == 0 || text_begins(hints.meta, "utf-8") ||
                text_begins(hints.meta, "utf8");
    if (!wide && !nuls && !text_is_ascii(t) && utf8 != says_utf8)
        c->trouble[CUT_CHARSET] = c->trouble_line[CUT_CHARSET] = 1;
    if (!wide && nuls)
        c->trouble[CUT_CONTROL] = c->trouble_line[CUT_CONTROL] = 1;
    /* Bytes that cannot be what is declared are what they look like. */
    if (says_utf8 && !utf8)
        hints.meta = text_from("", 0);
    if (asked.charset != NULL && !utf8)
        hints.http = text_of(asked.charset);
    return charset_decode(t, hints, &c->room);
}

static void
on_message(void *ctx, const char *format, ...)
{
    (void)ctx;
    (void)format;
}

void
cut_open(struct cut *c, struct input *in, const char *const *records)
{
    struct text t = input_peek(in, HOLD_MAX + 1);
    const char *wide = utf32(t);
    char name[CHARSET_NAME_MAX] = "UTF-8";

    memset(c, 0, sizeof *c);
    xmlSetGenericErrorFunc(NULL, on_message);
    c->records = records;
    c->base = CUT_DEPTH;
    c->line = 1;
    if (wide == NULL && t.len <= HOLD_MAX) {
        c->all = t;
        c->rest = decode(c, t);
        c->memory.read = read_memory;
        c->memory.ctx = c;
        c->memory.fd = -1;
        c->memory.size = c->rest.len;
        c->in = &c->memory;
        return;
    }
    if (wide == NULL)
        wide = recode_utf16(t);
    if (wide == NULL && charset_name(declared(t), name))
        wide = name;
    c->recoded = true;
    recode_open(&c->recoder, wide != NULL ? wide : "UTF-8", in);
    c->in = &c->recoder.in;
    t = input_peek(c->in, 3);
    if (text_begins(t, "\xEF\xBB\xBF"))
        input_take(c->in, 3);
}

void
cut_close(struct cut *c)
{
    cut_free_record(c);
    if (c->recoded)
        recode_close(&c->recoder);
    input_free(&c->memory);
    sheaf_buf_free(&c->room);
    sheaf_buf_free(&c->names);
    sheaf_buf_free(&c->open);
    sheaf_buf_free(&c->head);
    sheaf_buf_free(&c->text);
    sheaf_buf_free(&c->raw);
    sheaf_buf_free(&c->tag);
    sheaf_buf_free(&c->prefixes);
    sheaf_buf_free(&c->values);
}

/* ---- Recognition ---- */

static struct text
keep(struct sheaf_buf *room, const xmlChar *s)
{
    size_t at = room->len;

    buf_add_str(room, s != NULL ? (const char *)s : "");
    return text_from(room->data + at, room->len - at);
}

static bool
may_be_xml(struct text t)
{
    size_t i = 0;

    if (recode_utf16(t) != NULL || utf32(t) != NULL)
        return true;
    if (text_begins(t, "\xEF\xBB\xBF"))
        i = 3;
    while (i < t.len && strchr(" \t\r\n", t.data[i]) != NULL /* or NUL */)
        i++;
    t = text_from(t.data + i, t.len - i);
    /* Most pages are HTML, and there are many. */
    return text_begins(t, "<") && !looks_like_html(t);
}

bool
cut_root(struct text start, struct sheaf_buf *room, struct text *space,
         struct text *name)
{
    static const char *const none[] = { NULL };
    struct input in = { .fd = -1, .ended = true };
    struct cut c;
    xmlNode *root = NULL;
    xmlDoc *doc;

    /* Folders have many web pages, and parsing takes time. */
    if (!may_be_xml(start) || looks_like_html(start))
        return false;
    in.buffer = mem_new(start.len, 1);
    memcpy(in.buffer, start.data, start.len);
    in.len = in.cap = start.len;
    cut_open(&c, &in, none);
    cut_to_root(&c);
    room->len = 0;
    doc = c.begun ? cut_head(&c, &root) : NULL;
    if (root != NULL) {
        buf_reserve(room, 2 * CUT_TAG_MAX);
        *space = keep(room, root->ns != NULL ? root->ns->href : NULL);
        *name = keep(room, root->name);
    }
    if (doc != NULL)
        xmlFreeDoc(doc);
    cut_close(&c);
    input_free(&in);
    return root != NULL;
}
