/*
 * address.c - addresses that may be relative.
 */
#include "import/address.h"

#include <libxml/uri.h>

bool
address_resolve(struct sheaf_buf *out, struct text t, struct text base)
{
    struct sheaf_buf both = { 0 };
    xmlChar *whole;
    bool good = false;

    t = text_trim(t);
    if (t.len == 0 || t.len > ADDRESS_MAX || base.len > ADDRESS_MAX ||
        !text_is_utf8(t) || memchr(t.data, '\0', t.len) != NULL ||
        memchr(base.data, '\0', base.len) != NULL)
        return false;
    buf_add(&both, t.data, t.len);
    buf_add(&both, "", 1);
    buf_add(&both, base.data, base.len);
    buf_add(&both, "", 1);
    whole = base.len > 0 ? xmlBuildURI(both.data, both.data + t.len + 1)
                         : NULL;
    if (whole != NULL)
        t = text_of((const char *)whole);
    good = memchr(t.data, ':', t.len) != NULL &&
           !text_begins(t, "javascript:") && !text_begins(t, "data:") &&
           text_is_utf8(t);
    for (size_t i = 0; i < t.len && good; i++)
        good = (unsigned char)t.data[i] > 0x20 && t.data[i] != 0x7F;
    good = good && t.len <= ADDRESS_MAX;
    if (good)
        buf_add(out, t.data, t.len);
    if (whole != NULL)
        xmlFree(whole);
    sheaf_buf_free(&both);
    return good;
}
