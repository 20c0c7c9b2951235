/*
 * address.h - addresses that may be relative.
 */
#ifndef SHEAF_IMPORT_ADDRESS_H
#define SHEAF_IMPORT_ADDRESS_H

#include "import/import.h"

/* Longer ones are none. */
#define ADDRESS_MAX ((size_t)2000)

/* Appends the address in `t`, resolved against `base` if that is not empty.
 * Anything with a scheme is one, except programs. False: it is none, and
 * nothing is appended. */
bool address_resolve(struct sheaf_buf *out, struct text t, struct text base);
/* The host of an address with "://", or nothing. */
struct text address_host(struct text t);
/* Whether it is the address of a whole site: it has no path. */
bool address_is_site(struct text t);
/* The same of an ID, where "at://17" is one of a scheme of its own. */
bool address_is_site_id(struct text id);
/* Whether many have a host of this name: localhost, one of a private network,
 * one that is reserved for examples and tests. */
bool address_is_nobodys(struct text host);

#endif
