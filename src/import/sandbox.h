/*
 * sandbox.h - what the importer gives up before it looks at any input.
 */
#ifndef SHEAF_IMPORT_SANDBOX_H
#define SHEAF_IMPORT_SANDBOX_H

#include "base/base.h"

/* No way back. `memory` bounds the address space, in bytes. NULL, or what
 * went wrong. */
const char *sandbox_shut(size_t memory);

#endif
