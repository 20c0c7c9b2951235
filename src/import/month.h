/*
 * month.h - the names of months.
 */
#ifndef SHEAF_IMPORT_MONTH_H
#define SHEAF_IMPORT_MONTH_H

#include "import/calendar.h"

/* 1 to 12, for a name in any case; 0 if unknown. The calendar is the Gregorian
 * one. */
unsigned month_named(struct text word);
/* The same in any calendar. */
unsigned month_in_calendar(struct text word, enum calendar *of);
/* 1 to 7 for Monday to Sunday, by a name in some languages or a short one in
 * English; 0 if unknown. */
unsigned weekday_of(struct text word);
/* Whether `t` begins with the name of a day of the week, in some languages. */
bool weekday_named(struct text t);

#endif
