/*
 * sandbox.h - the rights that the importer gives up before it reads any input.
 */
#ifndef SHEAF_IMPORT_SANDBOX_H
#define SHEAF_IMPORT_SANDBOX_H

#include "base/base.h"

/* Closes the sandbox for good. `memory` limits the address space, in bytes.
 * Returns NULL, or an error. */
const char *sandbox_shut(size_t memory);
/* The same, but connections to other machines stay possible. */
const char *sandbox_shut_but_network(size_t memory);
/* No file can be opened either, and no connection made. Those that come by a
 * socket that listens already can be taken. */
const char *sandbox_shut_but_serving(size_t memory);

#endif
