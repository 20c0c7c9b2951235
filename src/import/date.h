/*
 * date.h - dates as articles have them, to the form that metadata has:
 * YYYY, YYYY-MM, YYYY-MM-DD, or RFC 3339 with upper-case letters, its zone
 * optional.
 */
#ifndef SHEAF_IMPORT_DATE_H
#define SHEAF_IMPORT_DATE_H

#include "import/import.h"

/*
 * Finds the next date with a day in running text, in words of about twenty
 * languages or in figures. `lang` decides the order of figures such as
 * 3/4/2024; if it does not, they are not a date. Takes the text up to the end
 * of the date from `rest`. False when there is none; `rest` is then empty.
 */
bool date_find(struct text *rest, struct text lang, char out[DATE_MAX]);

/* As date_convert, with the order of figures in a language. */
bool date_read(struct text t, struct text lang, char out[DATE_MAX]);

/* As date_convert, with the calendar of a language. Programs write figures in
 * an order of their own, whatever the language of the text. */
bool date_read_data(struct text t, struct text lang, char out[DATE_MAX]);

/* The day in a URL: /2024/03/11/, /2024-03-11-, /20240311/. */
bool date_in_url(struct text url, char out[DATE_MAX]);

/* Seconds or milliseconds since 1970, in 10 or 13 digits. */
bool date_epoch(struct text t, char out[DATE_MAX]);
/* A number that can only be such a count: seconds, milliseconds, microseconds
 * or nanoseconds, told apart by its size; from 1973 on, or before 1966. */
bool date_count(struct text t, char out[DATE_MAX]);
/* Milliseconds since 1970, of any size. */
bool date_milliseconds(struct text t, char out[DATE_MAX]);

#endif
