/*
 * calendar.h - digits, months and years of other scripts and calendars.
 *
 * Their names and rules are those of ICU.
 */
#ifndef SHEAF_IMPORT_CALENDAR_H
#define SHEAF_IMPORT_CALENDAR_H

#include "import/import.h"

enum calendar { CALENDAR_GREGORIAN, CALENDAR_PERSIAN };

/* The value of the decimal digit at the start of `t`, of any script, and how
 * many bytes it takes; -1: there is none. */
int calendar_digit(struct text t, size_t *bytes);
/* 1 to 12, for the whole name of a month in a language that ICU knows, or a
 * short one that is not ASCII. 0: unknown, or another month in another
 * language. */
unsigned calendar_month(struct text name, enum calendar *of);
/* Converts a day of the Persian calendar. False: there is no such day. */
bool calendar_from_persian(unsigned *year, unsigned *month, unsigned *day);

#endif
