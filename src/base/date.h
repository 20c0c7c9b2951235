/*
 * date.h - dates and times: days and milliseconds since 1970, and as text.
 *
 * Dates are of the proleptic Gregorian calendar, times are UTC without leap
 * seconds.
 */
#ifndef SHEAF_BASE_DATE_H
#define SHEAF_BASE_DATE_H

#include "base/base.h"
#include "sheaf.h"

#define DATE_DAY_MS 86400000 /* milliseconds of a day */

struct date {
    int64_t year;
    unsigned month; /* 1 to 12 */
    unsigned day;   /* 1 to 31 */
};

/* Days from 1970-01-01. A day after the last of the month counts into the next
 * month. */
int64_t date_days(struct date date);
struct date date_of_days(int64_t days);
/* Days in a month, 1 to 12. */
unsigned date_month_days(int64_t year, unsigned month);
/* The day of a time; the earlier one for a time before 1970. */
int64_t date_day_of(int64_t ms);

enum date_form {
    DATE_RFC3339, /* date, time and zone: RFC 3339, section 5.6 */
    /* `published` and `updated` in metadata (format.md F4):
     *     YYYY   YYYY-MM   YYYY-MM-DD   YYYY-MM-DDThh:mm:ss
     *     YYYY-MM-DDThh:mm:ss[.f](Z|+hh:mm|-hh:mm)     f: 1 to 9 digits
     * Missing parts have their earliest value; a time without a zone is UTC.
     * Years 0001 to 9999, no leap seconds. */
    DATE_METADATA
};

/* Parses all of `text` to milliseconds since 1970; a fraction is cut to whole
 * milliseconds. The date must exist. *ms is written on true only. */
bool date_parse(struct sheaf_bytes text, enum date_form form, int64_t *ms);

/* Parses the date at the start of `text`: YYYY, YYYY-MM or YYYY-MM-DD; a
 * missing month or day is 1. Returns its length, or 0 if there is no date.
 * Every month is taken to have 31 days. */
size_t date_take(struct sheaf_bytes text, struct date *out);
/* The same of a text that as a whole has the form DATE_METADATA: the day in the
 * zone in which it is written. What has no such form counts in the days of no
 * group, so it is no date in a list either. */
size_t date_take_metadata(struct sheaf_bytes text, struct date *out);

/* "2024-03-11T10:00:00.123Z" with a NUL, milliseconds only if there are any.
 * False if the year is not from 1 to 9999. */
#define DATE_TEXT_SIZE 25
bool date_print(int64_t ms, char out[DATE_TEXT_SIZE]);

#endif
