/*
 * fd.h - reads and writes all bytes, however many the system takes at once; and
 * durable names.
 */
#ifndef SHEAF_BASE_FD_H
#define SHEAF_BASE_FD_H

#include "base/base.h"

/* 0, or the errno of what failed. Waits for a descriptor that does not
 * block. */
int fd_write(int fd, const void *data, size_t len);
/* The same; -1: the end comes before. */
int fd_read(int fd, void *out, size_t len);
/* Makes the names in an open folder durable, where the file system can. */
int fd_sync_folder(int fd);

#endif
