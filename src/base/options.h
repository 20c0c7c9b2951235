/*
 * options.h - structs of the public header that carry their size.
 */
#ifndef SHEAF_BASE_OPTIONS_H
#define SHEAF_BASE_OPTIONS_H

#include "base/base.h"
#include "sheaf.h"

/*
 * Copies a struct that begins with its own size, as a size_t, from `in` to
 * `out`, which has `size` bytes and holds the defaults. `in` may be NULL, or of
 * a program that was built with another header: members that an older one does
 * not have keep their defaults, and those that only a newer one has must be
 * zeros. SHEAF_EINVAL: they are not, or `in` was made without its initializer.
 * A new member must never lie in what was padding: there it would be read from
 * an older program, which has not set it.
 */
int options_take(void *out, size_t size, const void *in,
                 struct sheaf_error *err);

#endif
