/*
 * month.c - the names of months.
 */
#include "import/month.h"

#include "import/words.h"

#define WORD_MAX 64 /* bytes */

/* Forms that go before those of other languages, which calendar_month knows:
 * "listopada" is another month in Polish than in Croatian, and short forms are
 * words of other languages. */
static const char *const names[12] = {
    "january janvier enero gennaio januar januari janeiro stycznia styczeń "
    "января январь ledna leden ocak tammikuuta ianuarie január januára "
    "січня януари ιανουαρίου jänner jan janv ene gen sty stycz янв oca ian "
    "januára জানুয়ারি জানুয়ারি "
    "jaanuar sausio janvārī janar jänner ιαν gener января يناير",
    "february février febrero febbraio februar februari fevereiro lutego luty "
    "февраля февраль února únor şubat helmikuuta februarie február februára "
    "лютого февруари φεβρουαρίου feber feb fév févr fev lut фев февр şub "
    "veebruar ফেব্রুয়ারি ফেব্রুয়ারি "
    "vasario februārī subat febrer fevrier فبراير febr feb",
    "march mars marzo märz maart março marca marzec марта март března březen "
    "mart maaliskuuta martie március marec березня μαρτίου marts mar mär mrz "
    "mrt мар bře märts kovo martā marts mars maerz març مارس marzec marts",
    "april avril abril aprile kwietnia kwiecień апреля апрель dubna duben "
    "nisan huhtikuuta aprilie április apríla квітня април απριλίου apr avr "
    "abr kwi апр nis aprill balandžio aprīlī prill أبريل ابريل",
    "may mai mayo maggio mei maj maio maja мая май května květen mayıs "
    "toukokuuta május mája травня μαΐου mag maí mayis toukokuu gegužės maijā "
    "maig مايو mays",
    "june juin junio giugno juni junho czerwca czerwiec июня июнь června "
    "červen haziran kesäkuuta iunie június júna червня юни ιουνίου jun giu "
    "cze июн haz juuni birželio jūnijā qershor juny يونيو",
    "july juillet julio luglio juli julho lipca lipiec июля июль července "
    "červenec temmuz heinäkuuta iulie július júla липня юли ιουλίου jul juil "
    "lug lip июл tem juuli liepos jūlijā korrik juliol يوليو",
    "august août agosto augustus augusti sierpnia sierpień августа август "
    "srpna srpen ağustos elokuuta augusztus augusta серпня αυγούστου aug ago "
    "sie авг ağu rugpjūčio augustā gusht agost أغسطس aout agustos agustus "
    "agu août",
    "september septembre septiembre settembre setembro września wrzesień "
    "сентября сентябрь září eylül syyskuuta septembrie szeptember septembra "
    "вересня септември σεπτεμβρίου sep sept set wrz сен сент eyl rugsėjo "
    "septembrī shtator setiembre setembre eylul سبتمبر szept",
    "october octobre octubre ottobre oktober outubro października "
    "październik октября октябрь října říjen ekim lokakuuta octombrie "
    "október októbra жовтня октомври οκτωβρίου oct okt ott out paź окт eki "
    "oktoober spalio oktobrī tetor أكتوبر",
    "november novembre noviembre novembro listopada listopad ноября ноябрь "
    "listopadu kasım marraskuuta noiembrie novembra листопада ноември "
    "νοεμβρίου nov lis ноя нояб kas lapkričio novembrī nëntor kasim نوفمبر "
    "nopember",
    "december décembre diciembre dicembre dezember dezembro grudnia grudzień "
    "декабря декабрь prosince prosinec aralık joulukuuta decembrie "
    "decembra грудня декември δεκεμβρίου dec dez dic déc gru дек ara "
    "detsember gruodžio decembrī dhjetor desember desembre aralik ديسمبر "
    "des",
};

unsigned
month_in_calendar(struct text word, enum calendar *of)
{
    char low[WORD_MAX];
    size_t n;

    *of = CALENDAR_GREGORIAN;
    if (word.len < 3 || word.len >= sizeof low)
        return 0;
    n = text_lower(word, low, sizeof low);
    for (unsigned m = 0; m < 12; m++) {
        const char *at = names[m];

        while ((at = strstr(at, low)) != NULL) {
            if ((at == names[m] || at[-1] == ' ') &&
                (at[n] == ' ' || at[n] == '\0'))
                return m + 1;
            at += n;
        }
    }
    return calendar_month(word, of);
}

unsigned
month_named(struct text word)
{
    enum calendar of;
    unsigned month = month_in_calendar(word, &of);

    return of == CALENDAR_GREGORIAN ? month : 0;
}

static const struct {
    const char *name;
    unsigned day;
} weekdays[] = {
    { "monday", 1 },   { "tuesday", 2 },    { "wednesday", 3 },
    { "thursday", 4 }, { "friday", 5 },     { "saturday", 6 },
    { "sunday", 7 },   { "montag", 1 },     { "dienstag", 2 },
    { "mittwoch", 3 }, { "donnerstag", 4 }, { "freitag", 5 },
    { "samstag", 6 },  { "sonnabend", 6 },  { "sonntag", 7 },
    { "lundi", 1 },    { "mardi", 2 },      { "mercredi", 3 },
    { "jeudi", 4 },    { "vendredi", 5 },   { "samedi", 6 },
    { "dimanche", 7 },
};

static unsigned
whole_weekday(struct text word)
{
    for (size_t i = 0; i < COUNT_OF(weekdays); i++)
        if (word.len == strlen(weekdays[i].name) &&
            words_begin(word, weekdays[i].name))
            return weekdays[i].day;
    return 0;
}

unsigned
weekday_of(struct text word)
{
    static const char *const shorts[] = { "mon", "tue", "wed", "thu",
                                          "fri", "sat", "sun" };

    for (unsigned i = 0; i < COUNT_OF(shorts); i++)
        if (word.len == 3 && words_begin(word, shorts[i]))
            return i + 1;
    return whole_weekday(word);
}

bool
weekday_named(struct text t)
{
    size_t n = 0;

    t = text_trim(t);
    while (n < t.len && (unsigned char)t.data[n] > ' ' && t.data[n] != ',')
        n++;
    return whole_weekday(text_from(t.data, n)) != 0;
}
