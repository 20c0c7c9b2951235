/*
 * host.c - for whom a request is.
 *
 * A page from elsewhere may give its own name the address of this machine. A
 * browser then takes what is served here for a part of that page. The request
 * still says that name.
 */
#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "serve/serve.h"

/* A name without its port, and without the brackets of an address. */
static struct sheaf_bytes
name_of(const char *host)
{
    const char *end = strchr(host, ']');

    if (host[0] == '[' && end != NULL && (end[1] == '\0' || end[1] == ':'))
        return sheaf_view(host + 1, (size_t)(end - host) - 1);
    return sheaf_view(host, strcspn(host, ":/"));
}

static bool
same_name(struct sheaf_bytes a, struct sheaf_bytes b)
{
    return a.len == b.len &&
           strncasecmp((const char *)a.data, (const char *)b.data, a.len) == 0;
}

/* Nobody gives an address a meaning of his own. */
static bool
is_address(struct sheaf_bytes name)
{
    unsigned char binary[sizeof(struct in6_addr)];
    char text[INET6_ADDRSTRLEN];

    if (name.len >= sizeof text)
        return false;
    memcpy(text, name.data, name.len);
    text[name.len] = '\0';
    return inet_pton(AF_INET, text, binary) == 1 ||
           inet_pton(AF_INET6, text, binary) == 1;
}

bool
host_is_here(const char *host)
{
    const char *allowed = settings.cors;
    struct sheaf_bytes name;

    if (!settings.local || host == NULL ||
        (allowed != NULL && strcmp(allowed, "*") == 0))
        return true;
    name = name_of(host);
    return same_name(name, sheaf_str("localhost")) || is_address(name) ||
           (allowed != NULL &&
            same_name(name, name_of(strstr(allowed, "://") + 3)));
}
