/*
 * month.c - the names of months, and words in lower case.
 */
#include "import/month.h"

/* In each language as dates have them, then short forms. A language in the
 * list is one that no other contradicts: what is "listopada" in Polish and in
 * Croatian is not the same month, and Croatian is not here. */
static const char *const names[12] = {
    "january janvier enero gennaio januar januari janeiro stycznia styczeń "
    "января январь ledna leden ocak tammikuuta ianuarie január januára "
    "січня януари ιανουαρίου jänner jan janv ene gen sty stycz янв oca ian "
    "januára jaanuar sausio janvārī janar jänner ιαν gener января يناير",
    "february février febrero febbraio februar februari fevereiro lutego luty "
    "февраля февраль února únor şubat helmikuuta februarie február februára "
    "лютого февруари φεβρουαρίου feber feb fév févr fev lut фев февр şub "
    "veebruar vasario februārī subat febrer fevrier فبراير febr feb",
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

/* The character at the start of `t` and its length. */
static size_t
decode(struct text t, unsigned *c)
{
    const unsigned char *p = (const unsigned char *)t.data;
    size_t n = utf8_len(p, t.len);

    if (n == 2)
        *c = (p[0] & 0x1FU) << 6 | (p[1] & 0x3FU);
    else
        *c = p[0];
    return n == 0 ? 1 : n;
}

static unsigned
lower(unsigned c)
{
    if ((c >= 'A' && c <= 'Z') || (c >= 0xC0 && c <= 0xDE && c != 0xD7) ||
        (c >= 0x391 && c <= 0x3A9) || (c >= 0x410 && c <= 0x42F))
        return c + 0x20;
    if (c >= 0x400 && c <= 0x40F)
        return c + 0x50;
    if ((c >= 0x100 && c <= 0x137) || (c >= 0x14A && c <= 0x177))
        return c | 1;
    if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E))
        return c + (c & 1);
    return c;
}

size_t
text_lower(struct text t, char *out, size_t cap)
{
    size_t len = 0;

    while (t.len > 0) {
        unsigned c;
        size_t n = decode(t, &c);

        if (len + n >= cap)
            break;
        if (n == 2) {
            c = lower(c);
            out[len] = (char)(0xC0 | c >> 6);
            out[len + 1] = (char)(0x80 | (c & 0x3F));
        } else {
            memcpy(out + len, t.data, n);
            if (n == 1)
                out[len] = (char)lower(c);
        }
        len += n;
        t = text_from(t.data + n, t.len - n);
    }
    out[len] = '\0';
    return len;
}

unsigned
month_named(struct text word)
{
    char low[32];
    size_t n;

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
    return 0;
}
