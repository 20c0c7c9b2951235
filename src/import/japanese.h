/*
 * japanese.h - ISO-2022-JP and EUC-JP as Shift_JIS.
 */
#ifndef SHEAF_IMPORT_JAPANESE_H
#define SHEAF_IMPORT_JAPANESE_H

#include "import/import.h"

/* Appends text in `charset`, iconv's name, as Shift_JIS. False: it is another
 * charset, or the text has characters that Shift_JIS does not have. */
bool japanese_shift(const char *charset, struct text t, struct sheaf_buf *out);

#endif
