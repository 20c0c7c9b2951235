/*
 * calendar.c - digits, months and years of other scripts and calendars.
 */
#include "import/calendar.h"

#include <stdio.h>
#include <unicode/ucal.h>
#include <unicode/uchar.h>
#include <unicode/udat.h>
#include <unicode/uloc.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

#include "base/hash.h"
#include "base/utf8.h"

#define NAME_UNITS 64
#define SLOTS ((size_t)16384) /* a power of 2; there are some 5,000 names */

/* A name, by its hash. */
struct slot {
    uint64_t hash; /* 0: empty */
    uint8_t month; /* 0: another one in another language */
    uint8_t calendar;
};

static struct slot *slots;
static size_t used;

int
calendar_digit(struct text t, size_t *bytes)
{
    uint32_t code = 0;

    if (t.len == 0)
        return -1;
    *bytes = 1;
    if ((unsigned char)t.data[0] < 0x80)
        return t.data[0] >= '0' && t.data[0] <= '9' ? t.data[0] - '0' : -1;
    *bytes = utf8_next((const uint8_t *)t.data, t.len, &code);
    if (*bytes == 0 || u_charType((UChar32)code) != U_DECIMAL_DIGIT_NUMBER)
        return -1;
    return u_charDigitValue((UChar32)code);
}

/* ---- Names of months ---- */

static struct slot *
slot_of(uint64_t hash)
{
    size_t i = (size_t)hash & (SLOTS - 1);

    while (slots[i].hash != 0 && slots[i].hash != hash)
        i = (i + 1) & (SLOTS - 1);
    return &slots[i];
}

/* The hash of a name, in any case and composition; 0: it is no name. */
static uint64_t
hash_of(const UChar *name, int32_t len)
{
    UErrorCode code = U_ZERO_ERROR;
    const UNormalizer2 *fold = unorm2_getNFKCCasefoldInstance(&code);
    UChar folded[2 * NAME_UNITS];
    uint64_t hash = 0;

    len = unorm2_normalize(fold, name, len, folded, 2 * NAME_UNITS, &code);
    if (U_FAILURE(code) || len == 0)
        return 0;
    if (folded[len - 1] == '.')
        len--;
    hash_check64(folded, (size_t)len * sizeof *folded, (uint8_t *)&hash);
    return hash | 1;
}

static void
take_name(const UChar *name, bool is_short, unsigned month,
          enum calendar calendar)
{
    const int32_t len = u_strlen(name);
    const uint64_t hash = hash_of(name, len);
    bool ascii = true;
    struct slot *s;

    for (int32_t i = 0; i < len; i++) {
        if (name[i] == ' ' || u_isdigit(name[i]))
            return;
        ascii = ascii && name[i] < 0x80;
    }
    if (hash == 0 || (ascii && (is_short || len < 4)) ||
        used >= SLOTS / 4 * 3)
        return;
    s = slot_of(hash);
    if (s->hash == 0) {
        used++;
        *s = (struct slot){ hash, (uint8_t)month, (uint8_t)calendar };
    } else if (s->month != month || s->calendar != (uint8_t)calendar) {
        s->month = 0;
    }
}

static void
take_names(const char *locale, enum calendar calendar)
{
    static const struct {
        UDateFormatSymbolType type;
        bool is_short;
    } forms[] = {
        { UDAT_MONTHS, false },
        { UDAT_STANDALONE_MONTHS, false },
        { UDAT_SHORT_MONTHS, true },
        { UDAT_STANDALONE_SHORT_MONTHS, true },
    };
    UErrorCode code = U_ZERO_ERROR;
    UDateFormat *f = udat_open(UDAT_NONE, UDAT_LONG, locale, NULL, 0, NULL, 0,
                               &code);

    for (size_t i = 0; U_SUCCESS(code) && i < COUNT_OF(forms); i++)
        for (int m = 0; m < 12; m++) {
            UChar name[NAME_UNITS];
            UErrorCode got = U_ZERO_ERROR;

            (void)udat_getSymbols(f, forms[i].type, m, name, NAME_UNITS,
                                  &got);
            if (U_SUCCESS(got) && got != U_STRING_NOT_TERMINATED_WARNING)
                take_name(name, forms[i].is_short, (unsigned)m + 1, calendar);
        }
    if (f != NULL)
        udat_close(f);
}

/* All languages, and Arabic in all countries, as some have other names. */
static void
take_all(void)
{
    int count = uloc_countAvailable();

    slots = mem_new(SLOTS, sizeof *slots);
    for (int i = 0; i < count; i++) {
        const char *locale = uloc_getAvailable(i);
        char with[64];

        if (strchr(locale, '_') != NULL && strncmp(locale, "ar_", 3) != 0)
            continue;
        snprintf(with, sizeof with, "%.40s@calendar=gregorian", locale);
        take_names(with, CALENDAR_GREGORIAN);
    }
    take_names("fa@calendar=persian", CALENDAR_PERSIAN);
}

unsigned
calendar_month(struct text name, enum calendar *of)
{
    UErrorCode code = U_ZERO_ERROR;
    UChar units[NAME_UNITS];
    const struct slot *s;
    int32_t len = 0;
    uint64_t hash;

    if (name.len >= NAME_UNITS)
        return 0;
    u_strFromUTF8(units, NAME_UNITS, &len, name.data, (int32_t)name.len,
                  &code);
    hash = U_SUCCESS(code) ? hash_of(units, len) : 0;
    if (hash == 0)
        return 0;
    if (slots == NULL)
        take_all();
    s = slot_of(hash);
    if (s->hash == 0)
        return 0;
    *of = (enum calendar)s->calendar;
    return s->month;
}

/* ---- Days of other calendars ---- */

bool
calendar_from_persian(unsigned *year, unsigned *month, unsigned *day)
{
    UErrorCode code = U_ZERO_ERROR;
    UCalendar *from = ucal_open(u"Etc/UTC", -1, "fa@calendar=persian",
                                UCAL_DEFAULT, &code);
    UCalendar *to = ucal_open(u"Etc/UTC", -1, "en@calendar=gregorian",
                              UCAL_DEFAULT, &code);

    if (U_SUCCESS(code)) {
        ucal_clear(from);
        ucal_setAttribute(from, UCAL_LENIENT, 0);
        ucal_set(from, UCAL_YEAR, (int32_t)*year);
        ucal_set(from, UCAL_MONTH, (int32_t)*month - 1);
        ucal_set(from, UCAL_DATE, (int32_t)*day);
        ucal_setMillis(to, ucal_getMillis(from, &code), &code);
        *year = (unsigned)ucal_get(to, UCAL_YEAR, &code);
        *month = (unsigned)ucal_get(to, UCAL_MONTH, &code) + 1;
        *day = (unsigned)ucal_get(to, UCAL_DATE, &code);
    }
    if (from != NULL)
        ucal_close(from);
    if (to != NULL)
        ucal_close(to);
    return U_SUCCESS(code);
}
