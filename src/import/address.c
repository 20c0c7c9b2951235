/*
 * address.c - addresses that may be relative.
 */
#include "import/address.h"

#include <libxml/uri.h>
#include <string.h>

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

/* What follows "://", or nothing. */
static struct text
behind_scheme(struct text t)
{
    const char *at;

    t = text_trim(t);
    at = memmem(t.data, t.len, "://", 3);
    return at != NULL ? text_from(at + 3, t.len - (size_t)(at + 3 - t.data))
                      : text_from("", 0);
}

/* The host with what is before and behind it: "user@host:80". */
static struct text
authority(struct text rest)
{
    size_t n = 0;

    while (n < rest.len && strchr("/?#\\", rest.data[n]) == NULL)
        n++;
    return text_from(rest.data, n);
}

bool
address_is_site(struct text t)
{
    struct text rest = behind_scheme(t);
    size_t n = authority(rest).len;

    return n > 0 && (n == rest.len || (n + 1 == rest.len &&
                                       strchr("/?#", rest.data[n]) != NULL));
}

bool
address_is_site_id(struct text id)
{
    id = text_trim(id);
    return (text_begins(id, "http://") || text_begins(id, "https://")) &&
           address_is_site(id);
}

struct text
address_host(struct text t)
{
    struct text host = authority(behind_scheme(t));
    const char *at = memrchr(host.data, '@', host.len), *end;

    if (at != NULL)
        host = text_from(at + 1, host.len - (size_t)(at + 1 - host.data));
    end = host.len > 0 && host.data[0] == '['
              ? memchr(host.data, ']', host.len)
              : NULL;
    if (end != NULL)
        return text_from(host.data + 1, (size_t)(end - host.data) - 1);
    end = memchr(host.data, ':', host.len);
    return end != NULL ? text_from(host.data, (size_t)(end - host.data))
                       : host;
}

bool
address_is_nobodys(struct text host)
{
    static const char *const ends[] = {
        ".localhost",   ".local",       ".localdomain", ".lan",
        ".home.arpa",   ".internal",    ".test",        ".invalid",
        ".example.com", ".example.net", ".example.org",
    };
    static const char *const starts[] = { "127.", "10.", "192.168.",
                                          "169.254.", "0.0.0.0" };
    bool number = host.len > 0;

    if (memchr(host.data, '.', host.len) == NULL)
        return host.len > 0 && (memchr(host.data, ':', host.len) == NULL ||
                                text_is(host, "::1"));
    for (size_t i = 0; i < COUNT_OF(ends); i++)
        if (text_ends(host, ends[i]) ||
            (host.len + 1 == strlen(ends[i]) && text_ends(host, ends[i] + 1)))
            return true;
    for (size_t i = 0; i < host.len; i++)
        number = number && (host.data[i] == '.' ||
                            (host.data[i] >= '0' && host.data[i] <= '9'));
    for (size_t i = 0; i < COUNT_OF(starts) && number; i++)
        if (text_begins(host, starts[i]))
            return true;
    /* 172.16.0.0/12 */
    return number && host.len > 6 && text_begins(host, "172.") &&
           host.data[6] == '.' &&
           ((host.data[4] == '1' && host.data[5] >= '6') ||
            host.data[4] == '2' ||
            (host.data[4] == '3' && host.data[5] <= '1'));
}
