/*
 * claims.c - names of files that say more than their content.
 */
#include "import/recode.h"

/* Whether it may be XML, although it is not known as such. */
static bool
is_markup(const struct look *l)
{
    struct text t = l->start;

    if (text_begins(t, "\xEF\xBB\xBF"))
        t = text_from(t.data + 3, t.len - 3);
    return text_begins(text_trim(t), "<") || recode_utf16(t) != NULL;
}

static bool
is_some_text(const struct look *l)
{
    return l->start.len > 0 && is_text(l);
}

static const struct claim {
    const char *suffix;
    bool (*also)(const struct look *l); /* what else has such a name */
    bool common;
} claims[] = {
    { ".tar", NULL, false },
    { ".zip", NULL, false },
    { ".7z", NULL, false },
    { ".rar", NULL, false },
    { ".cpio", NULL, false },
    { ".lha", NULL, false },
    { ".lzh", NULL, false },
    { ".docx", NULL, false },
    { ".odt", NULL, false },
    { ".epub", NULL, false },
    { ".wacz", NULL, false },
    { ".zim", NULL, false },
    { ".mbox", NULL, true },
    { ".mbx", NULL, true },
    { ".eml", NULL, true },
    { ".json", NULL, true },
    { ".xml", is_markup, true },
    { ".db", is_some_text, true },
    { ".sqlite", is_some_text, true },
    { ".sqlite3", is_some_text, true },
};

static bool
is_named_packed(struct text name)
{
    char *plain = without_packed_suffix(name.data);
    bool good = !text_is(name, plain);

    mem_free(plain);
    return good;
}

struct text
belied_name(const struct look *l, bool *common)
{
    static const struct claim packed = { .suffix = "" };
    const struct claim *c = is_named_packed(l->name) ? &packed : NULL;
    const char *dot = strrchr(l->name.data, '.');

    for (size_t i = 0; c == NULL && i < COUNT_OF(claims); i++)
        if (text_ends(l->name, claims[i].suffix))
            c = &claims[i];
    /* There are empty mailboxes, but the others held something. */
    *common = c != NULL && c->common && (c->also != NULL || l->start.len == 0);
    if (c == NULL || (c->also != NULL && c->also(l)))
        return text_from("", 0);
    return text_of(dot + 1);
}
