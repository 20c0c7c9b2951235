#!/bin/sh
# html.sh - the metadata and readable text of web pages. Prints TAP.
#
# Each page in tests/html has its expected output beside it: NAME.json has the
# metadata, without ID, and NAME.txt the text. The pages are stored in UTF-8;
# some are converted to the charset that they name. The programs are $SHEAF and
# $SHEAF_LIBEXEC/sheaf-import.

: "${SHEAF:?set it to the program to test}"
pages=$(cd "$(dirname "$0")/html" && pwd) || exit 2
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 2
LC_ALL=C.UTF-8
export LC_ALL
# -S: only the standard library is used, and Python starts in half the time.
python3() {
    command "${PYTHON:-python3}" -S "$@"
}
n=0
bad=0

# is WHAT GOT WANTED
is() {
    n=$((n + 1))
    if [ "$2" = "$3" ]; then
        echo "ok $n - $1"
    else
        echo "not ok $n - $1"
        printf '%s\n' "$2" | sed 's/^/# got:  /'
        printf '%s\n' "$3" | sed 's/^/# want: /'
        bad=1
    fi
}

# The metadata of an article, without its ID.
meta() {
    "$SHEAF" get x.sheaf "$1" --meta | sed 's/"id":"[^"]*",*//
        s/"parts":[^]]*],*//; s/"rev":1,*//; s/,}$/}/'
}
pack() {
    "$SHEAF" pack -q -f -o x.sheaf "$@" > log 2>&1 || sed 's/^/# /' log
}
# field FILE KEY: a member of its metadata.
field() {
    pack "$1" && "$SHEAF" get x.sheaf "$1" --meta |
        sed -n "s/.*\"$2\":\"\\([^\"]*\\)\".*/\\1/p"
}

# ---- Pages ----

mkdir in
cp "$pages"/*.html in
for c in de-shown:windows-1252 ru-late-meta:windows-1251 zh-gbk:gbk \
    ja-2022:iso-2022-jp; do
    iconv -f utf-8 -t "${c#*:}" "$pages/${c%:*}.html" > "in/${c%:*}.html"
done
pack in
for page in "$pages"/*.html; do
    name=$(basename "$page" .html)
    is "$name: metadata" "$(meta "$name.html")" "$(cat "$pages/$name.json")"
    is "$name: text" "$("$SHEAF" get x.sheaf "$name.html" --text)" \
        "$(cat "$pages/$name.txt")"
done
"$SHEAF" extract x.sheaf -C out > log 2>&1
is "pages come back byte for byte" "$(diff -r in out)" ""

# ---- Charsets ----

page='<title>Zürich – “Brücke” bleibt</title><p>x</p>'
put() {
    printf '%s' "$page" | iconv -f utf-8 -t "$1"
}
{ printf '<html><meta charset=iso-8859-1>'; put cp1252; } > a.html
is "Latin-1 is windows-1252" "$(field a.html headline)" \
    "Zürich – “Brücke” bleibt"
{ printf '<html>'; put cp1252; } > a.html
is "so is what names nothing" "$(field a.html headline)" \
    "Zürich – “Brücke” bleibt"
{ printf '<html><meta charset=utf-8><!-- Ren\351 -->%s' "$page"; } > a.html
is "one bad byte does not make it Latin-1" "$(field a.html headline)" \
    "Zürich – “Brücke” bleibt"
{ printf '<html><!-- Ren\351 -->%s' "$page"; } > a.html
is "nor where nothing is named" "$(field a.html headline)" \
    "Zürich – “Brücke” bleibt"
{ printf '<html><meta charset=utf-8>\0%s' "$page"; } > a.html
is "a NUL ends nothing" "$(field a.html headline)" "Zürich – “Brücke” bleibt"
{ printf '\357\273\277<html><meta charset=iso-8859-1>%s' "$page"; } > a.html
is "the byte order mark goes before what is named" "$(field a.html headline)" \
    "Zürich – “Brücke” bleibt"
{ printf '\377\376'; printf '<html>%s' "$page" | iconv -f utf-8 -t utf-16le
} > a.html
is "UTF-16" "$(field a.html headline)" "Zürich – “Brücke” bleibt"
{ printf '<?xml version="1.0" encoding="windows-1251"?>\n<html xml:lang="ru">'
    printf '<title>Шлюз</title><script src="x"/><p>y</p></html>' |
        iconv -t windows-1251 -f utf-8; } > a.xhtml
is "the XML declaration" "$(field a.xhtml headline) $(field a.xhtml lang)" \
    "Шлюз ru"
{ printf '<html lang=ja>'
    printf '<title>水門が開く</title>' | iconv -t cp932 -f utf-8; } > a.html
is "what a page in this language is in" "$(field a.html headline)" "水門が開く"

# Pages that name no charset.
while IFS='|' read -r lang title charsets; do
    for charset in $charsets; do
        printf '<html lang="%s"><title>%s</title><p>x – y' "$lang" "$title" |
            iconv -c -f utf-8 -t "$charset" > a.html
        is "$charset by its bytes, $lang" "$(field a.html headline)" "$title"
    done
done << 'EOF'
|Смотритель открыл старые ворота|windows-1251 koi8-r iso-8859-5 cp866
|Доглядач відкрив стару браму в понеділок|windows-1251 koi8-u
|水門の番人は古い門を開けた|cp932 euc-jp
|看闸人在星期一打开了旧水闸|gbk
|看閘人在九年的修繕之後於星期一打開了舊水閘|big5
|수문지기는 낡은 문을 열었다|euc-kr
|Ο φύλακας άνοιξε την παλιά πύλη|iso-8859-7
|Der Wärter öffnete früh das schöne alte Tor|windows-1252
|“Été” à Orléans : l’écluse a été réparée|windows-1252
ru|Смотритель открыл старые ворота|windows-1251 koi8-r
en|Смотритель открыл старые ворота|koi8-r
ja|水門の番人は古い門を開けた|euc-jp
pl|Śluzowy otworzył w poniedziałek starą bramę, żeby przepłynąć|windows-1250 iso-8859-2
tr|Bekçi pazartesi günü eski kapıyı açtı|windows-1254
EOF

printf '<?xml version="1.0"?>\n<!-- a -->\n<html xmlns="x"><title>Gate</title>' \
    > plain
is "XHTML is known without its suffix" "$(field plain headline)" Gate

# ---- Dates ----

# shown LANG TEXT: what a page that shows it was published.
shown() {
    printf '<html lang="%s"><h1>Gate</h1><p class=date>%s</p>' "$1" "$2" \
        > a.html
    field a.html published
}
while IFS='|' read -r lang text wanted; do
    is "date: $lang: $text" "$(shown "$lang" "$text")" "$wanted"
done << 'EOF'
en|Published March 11, 2024 at 9:05 p.m. EST|2024-03-11T21:05:00-05:00
en|11th March 2024|2024-03-11
en|Mon 11 Mar 2024 10.00 GMT|2024-03-11
en|03/04/2024|
en-US|03/04/2024|2024-03-04
en-GB|03/04/2024|2024-04-03
fr|03/04/2024 à 10h30|2024-04-03T10:30:00
en|Mon, 03/11/2024 - 08:00|2024-03-11T08:00:00
en|Submitted by Rita on Mon, 11/03/2024|2024-03-11
en|Submitted by Rita on Tue, 11/03/2024|
en|Submitted by Rita on Sun, 11/03/2024|2024-11-03
en-GB|Monday 03/11/2024|2024-03-11
en|13/04/2024|2024-04-13
de|11. März 2024|2024-03-11
de|Stand: 11.3.24|
de|11.03.24|2024-03-11
fr|1er février 2024|2024-02-01
es|11 de marzo de 2024|2024-03-11
pt|11 de março de 2024|2024-03-11
it|11 Gennaio 2024|2024-01-11
nl|11 maart 2024|2024-03-11
pl|11 października 2024|2024-10-11
cs|11. ledna 2024|2024-01-11
ru|11 сентября 2024 г.|2024-09-11
uk|11 вересня 2024|2024-09-11
tr|11 Ağustos 2024|2024-08-11
hu|2024. március 11.|2024-03-11
fi|11. maaliskuuta 2024|2024-03-11
zh|2024年03月11日|2024-03-11
ko|2024년 3월 11일|2024-03-11
ja|令和6年3月11日|2024-03-11
ja|更新日：令和6年3月11日|2024-03-11
ja|２０２４年３月１１日|2024-03-11
zh|民國113年3月11日|2024-03-11
ar|١١ مارس ٢٠٢٤|2024-03-11
ar|11 آذار 2024|2024-03-11
he|11 במרץ 2024|2024-03-11
hi|११ मार्च २०२४|2024-03-11
hi|11 मार्च 2024|2024-03-11
bn|১৮ ফেব্রুয়ারি ২০২০|2020-02-18
th|11 มีนาคม 2567|2024-03-11
th|11 มีนาคม พ.ศ. 2567|2024-03-11
th|๑๑ มี.ค. ๒๕๖๗|2024-03-11
fa|۲۱ اسفند ۱۴۰۲|2024-03-11
fa|1402/12/21|2024-03-11
fa|۱۴۰۲/۱۲/۲۱ - ۱۰:۳۰|2024-03-11T10:30:00
fa|۳۱ شهریور ۱۴۰۳|2024-09-21
fa|۳۱ مهر ۱۴۰۳|
ka|11 მარტი 2024|2024-03-11
id|11 Maret 2024|2024-03-11
sw|11 Machi 2024|2024-03-11
en|11 Listening 2024|
en|30 February 2024|
en|version 1.2.2010.3|
en|0001-01-01|
EOF

# Where the places of a date disagree. In a row: WHAT|DATA|SHOWN|WANTED. Of
# DATA, l= is JSON-LD, p= published, m= modified, c= created and d= a date
# without a meaning, in <meta>; SHOWN is behind the headline.
while IFS='|' read -r what data shown wanted; do
    {
        echo '<html lang=en>'
        for one in $data; do
            value=${one#*=}
            case $one in
            l=*) printf '<script type="application/ld+json">%s%s"}</script>' \
                '{"@type":"NewsArticle","datePublished":"' "$value" ;;
            p=*) echo "<meta name=article:published_time content=$value>" ;;
            m=*) echo "<meta name=article:modified_time content=$value>" ;;
            c=*) echo "<meta name=dateCreated content=$value>" ;;
            d=*) echo "<meta name=date content=$value>" ;;
            esac
        done
        printf '<h1>The old gate opens</h1>%s<p>The water came in.' "$shown"
    } > a.html
    is "dates: $what" "$(field a.html published)" "$wanted"
done << 'EOF'
UTC is moved to the zone shown|l=2024-03-12T02:25:54Z|<p class=date>March 11, 2024 9:25 pm</p>|2024-03-11T21:25:54-05:00
so is a zone to the east|l=2024-03-11T20:25:54Z|<p class=date>12 March 2024, 01:55</p>|2024-03-12T01:55:54+05:30
another minute is no zone|l=2024-03-12T02:25:54Z|<p class=date>March 11, 2024 9:26 pm</p>|2024-03-12T02:25:54Z
nor is a round time|l=2024-03-12T02:30:00Z|<p class=date>March 11, 2024 9:30 pm</p>|2024-03-12T02:30:00Z
nor is a day that is the same|l=2024-03-12T08:25:54Z|<p class=date>March 12, 2024 3:25 am</p>|2024-03-12T08:25:54Z
nor is what has a zone|l=2024-03-12T02:25:54+01:00|<p class=date>March 11, 2024 9:25 pm</p>|2024-03-12T02:25:54+01:00
the zone shown is taken|l=2024-03-12T02:25:54Z|<time datetime=2024-03-11T21:25:54-05:00>x</time>|2024-03-11T21:25:54-05:00
data of two days|l=2024-03-11T10:00:00Z p=2024-03-14T10:00:00Z||
of which one is shown|l=2024-03-11T10:00:00Z p=2024-03-14T10:00:00Z|<p class=date>14 March 2024</p>|2024-03-14T10:00:00Z
one moment in two zones|l=2024-03-11T23:00:00Z p=2024-03-12T00:00:00+01:00||2024-03-12T00:00:00+01:00
a change that is not called one|l=2024-03-11 m=2024-03-14|<p class=date>14 March 2024</p>|
a change that is called one|l=2024-03-11 m=2024-03-14|<p class=date>Updated 14 March 2024</p>|2024-03-11
a change long after|l=2022-03-11 m=2024-03-14|<p class=date>Updated 14 March 2024</p>|2022-03-11
a later day, and no change|l=2024-03-11|<p class=date>14 March 2024</p>|
a later <time>|l=2024-03-11|<time datetime=2024-03-14>14 March 2024</time>|
a later <time> beside <meta>|p=2024-03-11|<time datetime=2024-03-14>14 March 2024</time>|
an earlier day|l=2024-03-11|<p class=date>4 March 2024</p>|2024-03-11
created before|c=2004-01-01|<p class=date>14 March 2024</p>|2024-03-14
created|c=2024-01-01||2024-01-01
created, and changed soon after|c=2024-03-11|<p class=date>Updated 14 March 2024</p>|2024-03-11
created, and changed long after|c=2004-01-01|<p class=date>Updated 14 March 2024</p>|
shown twice|d=2024-03-11|<p class=date>14 March 2024</p>|2024-03-14
shown and not|d=2024-03-11|<ul><li>A<li>B<li>C</ul>|2024-03-11
amid a sentence||<p>The wardens of the sluices will all meet again on 14 March 2024.</p>|
not amid one||<p>The wardens of the sluices will all meet again on 14 March 2024.</p><p>By Rita, 11 March 2024</p>|2024-03-11
at the start of one||<p>On September 11, 2001, the gate had to be shut for the first time since the flood.</p>|
of a short one||<p>On May 3, 1999, the gate was shut.</p>|
of which it is the subject||<p>September 11, 2001, was the day on which all of it began at last.</p>|
in bold||<p>On <b>May 3, 1999</b>, the gate was shut.</p>|
in <time>||<p>On <time datetime=1999-05-03>May 3, 1999</time>, the gate was shut.</p>|
before a text||<p>SAINT ANN, May 3, 1999 — The gate was shut at noon, and the wardens went home to sleep.</p>|1999-05-03
only updated||<p>Last updated March 5, 2024</p>|
only updated, in parts||<p>Updated: <span>March 5, 2024</span></p>|
only updated, with a label||<div>Updated on</div><div class=date>March 5, 2024</div>|
only updated, in <time>||<p>Updated <time datetime=2024-03-05>March 5</time></p>|
both||<p><time datetime=2024-03-03>March 3</time> (updated <time datetime=2024-03-05>March 5</time>)</p>|2024-03-03
updated first||<p>Last updated: March 5, 2024. Published: March 3, 2024.</p>|2024-03-03
without its year||<p>The show opens on <time datetime=2025-09-30>30 September</time> in Elmstadt.</p>|
in a caption||<figure><img src=a><figcaption>The gate on July 1, 1999, in a storm.</figcaption></figure>|
amid a text that is published||<div class="post status-publish"><p>The council met on 1 July 1999 to talk about it.</p><p>Residents of the islands say that they were not consulted, and the mayor promised a second boat.</div>|
two that disagree||<p>11 March 2024</p><p>x</p><ul class=date><li>14 March 2024</ul>|
EOF

printf '<html lang=en><h1>The old gate opens</h1>%s<p>The water came in.' \
    '<p>Last updated March 5, 2024</p>' > a.html
is "dates: what is called a change is one" "$(field a.html updated)" 2024-03-05

# The top of the site shows today's date. WHAT|TOP|WANTED
while IFS='|' read -r what top wanted; do
    printf '<html lang=en><body>%s<h1>The old gate opens</h1>%s</body>' "$top" \
        '<p>By Rita Example</p><p>The water came in.</p>' > a.html
    is "dates: $what" "$(field a.html published)" "$wanted"
done << 'EOF'
in a header|<header><div class=date>Friday, March 15, 2024</div><a href=/>Post</a></header>|
beside the link to the site|<div><span>Friday, March 15, 2024</span> <a href=/>Post</a></div>|
by its class|<div class=masthead><time datetime=2024-03-15>Friday</time></div>|
in <time> above a menu|<div><time datetime=2024-03-15>x</time></div><p>A<p>B<p>C<p>D|
right above the headline|<div class=kicker>March 15, 2024</div>|2024-03-15
in the article's header|<article><header><p>March 15, 2024</p>|2024-03-15
EOF

# Authors: WHAT|META|SHOWN|WANTED. SHOWN is behind the headline; ^ in it is a
# bar.
while IFS='|' read -r what meta shown wanted; do
    shown=$(printf '%s' "$shown" | tr '^' '|')
    printf '<title>The old gate opens - Example Post</title>%s<h1>%s</h1>%s%s' \
        "$meta" 'The old gate opens' "$shown" '<p>The water came in.' > a.html
    is "author: $what" "$(field a.html byline)" "$wanted"
done << 'EOF'
a person goes before the site|<meta name=author content="Example Post">|<p class=author>Rita Example</p>|Rita Example
before a domain|<meta name=author content=Example.org>|<p class=author>Rita Example</p>|Rita Example
before a publisher|<meta name=author content="The Press (www.example.org)"><meta name=publisher content="The Press (www.example.org)">|<p class=author>Rita Example</p>|Rita Example
who else is there but the site|<meta name=author content="Example Post">||Example Post
an address without @|<meta name=author content="rita[at]example.org">|<p class=author>Rita Example</p>|Rita Example
a login has digits|<meta name=author content="Rita313">||Rita313
a date is behind it|<meta name=author content="Rita Example 3.5.2024">||Rita Example
with its label||<p class=author>Rita Example Updated: 3.5.2024</p>|Rita Example
a label|<meta name=author content="Autorin: Rita Example">||Rita Example
a label in French|<meta name=author content="Auteur : Rita Example">||Rita Example
a label behind a mark||<div>-&nbsp;Redaktion: Rita Example (Desk)</div>|Rita Example
a label alone||<p class=author>Published 3 May</p>|
a month of an archive||<p><a href=/author/x>July 2018</a>|
several in links||<p class=author><a href=/a>Rita Example</a><span>, </span><a href=/b>Jo Sample</a>|Rita Example, Jo Sample
in lines||<a href=/author/rita><span class=x>&copy; A Camera</span><br>                Rita             Example</a>|Rita Example
a date behind a bar||<p>By Rita Example ^ March 3, 2024</p>|Rita Example
in another language||<p>Por Rita Example ^ 3 de marzo de 2024</p>|Rita Example
a date before a bar||<div class=byline>March 3, 2024 ^ Rita Example</div>|Rita Example
a day of the week||<p>By Friday Example had sold all.</p>|
a sentence that begins with by||<p>By Christmas Example will have won.</p>|
the same by its class||<p class=author>By March Rita had seen enough of it.</p>|
many words|<meta name=author content="Rita Example, Jo van der Sample und Ann Mary de Test, AGENCY">||Rita Example, Jo van der Sample und Ann Mary de Test, AGENCY
a sentence|<meta name=author content="She has written of gates and water for nine years">||
EOF

# Data in the page, and whose they are. WHAT|BEFORE|BEHIND|WANTED, around the
# text of an article of 11 March. In these, {X} is an item of schema.org's type
# X, {d N} its date in 2024, and {by N} its author.
say() {
    printf '%s' "$1" | sed 's,{d \([0-9-]*\)},<b itemprop=datePublished \
content=2024-\1></b>,g
        s,{t \([0-9-]*\)},<time itemprop=datePublished \
datetime=2024-\1>x</time>,g
        s,{by \([A-Za-z]*\)},<b itemprop=author itemscope \
itemtype=https://schema.org/Person><i itemprop=name>\1 Example</i></b>,g
        s,{\([A-Za-z]*\)},<div itemscope itemtype=https://schema.org/\1>,g
        s,{/},</div>,g'
}
text='<p>The water came in, and the wardens of the sluices went home to sleep
until the tide would turn, which it did in the morning of the next day.</p>'
while IFS='|' read -r what before behind wanted; do
    printf '<html lang=en><title>The old gate opens - Post</title>%s%s%s' \
        "$(say "$before")" "$text$text" "$(say "$behind")" > a.html
    is "data: $what" "$(field a.html published),$(field a.html byline)" \
        "$wanted"
done << 'EOF'
of the article|{Article}<h1>The old gate opens</h1>{d 03-11}{by Rita}|{/}|2024-03-11,Rita Example
of a comment in it|{Article}<h1>The old gate opens</h1>{d 03-11}{by Rita}|{Comment}{t 05-20}{by Bob}{/}{/}|2024-03-11,Rita Example
of a comment alone|<h1>The old gate opens</h1>|{Comment}{t 05-20}{by Bob}{/}|,
of comments without a type|<h1>The old gate opens</h1>|<div itemprop=comment>{t 05-20}{by Bob}{/}|,
of a review|{Product}<h1 itemprop=name>The old gate opens</h1>|<div itemprop=review itemscope>{t 05-20}{by Bob}{/}{/}|,
of another story before|{NewsArticle}<b itemprop=headline>Other</b>{t 06-01}{by Bob}{/}{Article}<h1>The old gate opens</h1>{d 03-11}{by Rita}|{/}|2024-03-11,Rita Example
of another story behind|<h1>The old gate opens</h1><p class=date>March 11, 2024</p>|{NewsArticle}<b itemprop=headline>Other</b>{t 06-01}{by Bob}{/}|2024-03-11,
of several without a name|<h1>The old gate opens</h1>|{NewsArticle}{t 06-01}{/}{NewsArticle}{t 06-02}{/}|,
of one without a name|<h1>The old gate opens</h1>|{NewsArticle}{d 03-11}{/}|2024-03-11,
of one without a name, and a date|<h1>The old gate opens</h1><p class=date>March 11, 2024</p>|{NewsArticle}{d 06-01}{/}|2024-03-11,
of one that is called so|<h1>The old gate opens</h1>|{NewsArticle}<meta itemprop=headline content="The old gate">{d 03-11}{by Rita}{/}|2024-03-11,Rita Example
of no item|<h1>The old gate opens</h1>{d 03-11}||2024-03-11,
of no item, and a date|<h1>The old gate opens</h1><p class=date>March 11, 2024</p>|{d 06-01}|2024-03-11,
of no item, aside|<h1>The old gate opens</h1>|<aside>{t 06-01}</aside>|,
in meta of a review|<h1>The old gate opens</h1>|{Review}<meta itemprop=datePublished content=2024-05-20>{/}|,
in meta of the page|<h1>The old gate opens</h1><meta itemprop=datePublished content=2024-03-11>||2024-03-11,
EOF

# RDFa. WHAT|ELEMENT|WANTED
while IFS='|' read -r what element wanted; do
    printf '<html lang=en><title>Gate</title><h1>Gate</h1>%s%s' "$element" \
        "$text" > a.html
    is "RDFa: $what" "$(field a.html published),$(field a.html byline)" \
        "$wanted"
done << 'EOF'
created|<b property=schema:dateCreated content=2024-03-11></b>|2024-03-11,
of Dublin Core|<b property=dcterms:created content=2024-03-11></b>|2024-03-11,
two properties|<b property="dc:date dc:created" content=2024-03-11></b>|2024-03-11,
a date alone|<b property=dc:date content=2024-03-11></b>|2024-03-11,
by its address|<b property=http://purl.org/dc/terms/created content=2024-03-11></b>|2024-03-11,
not of microdata|<b itemprop=date content=2024-03-11></b>|,
of a comment|<div typeof="sioc:Post sioct:Comment"><b property="dc:date dc:created" content=2024-03-11></b></div>|,
a link to the author|<div typeof=schema:Article><b property=schema:name content=Gate></b><b rel=schema:author><i property=schema:name>Rita Example</i></b></div>|,Rita Example
EOF

printf '<html lang=en><h1>Gate</h1>%s%s' "$text" "$(say '{NewsArticle}<b
itemprop=headline>Other</b><meta itemprop=keywords content=ball>{/}')" > a.html
pack a.html
is "keywords of another story" "$(meta a.html)" \
    '{"headline":"Gate","lang":"en"}'

# Footers. WHAT|BEFORE|BEHIND|WANTED
while IFS='|' read -r what before behind wanted; do
    printf '<html lang=en><title>Gate</title><body>%s%s%s</body>' "$before" \
        "$text$text$text$text$text$text$text$text" "$behind" > a.html
    is "footer: $what" "$(field a.html published),$(field a.html byline)" \
        "$wanted"
done << 'EOF'
of the article|<article><h1>Gate</h1>|<footer><p>By <a rel=author href=/a>Rita Example</a>, <time datetime=2024-03-11>11 March</time></p></footer></article>|2024-03-11,Rita Example
in words|<article><h1>Gate</h1>|<footer>Posted by Rita Example on March 11, 2024</footer></article>|2024-03-11,Rita Example
of WordPress|<div class=hentry><h1>Gate</h1>|<div class=entry-footer><time class="entry-date published" datetime=2024-03-11>x</time><time class=updated datetime=2024-03-12>x</time> <b class="author vcard"><a href=/a>Rita Example</a></b></div></div>|2024-03-11,Rita Example
before the text, in Drupal|<h1>Gate</h1><article><footer class=node__meta>Submitted by <b><i>Rita Example</i></b> on <time datetime=2024-03-11>x</time></footer>|</article>|2024-03-11,Rita Example
what is above goes first|<article><h1>Gate</h1><p class=date>March 11, 2024</p>|<footer><time datetime=2024-03-12>x</time></footer></article>|2024-03-11,
of the site|<article><h1>Gate</h1>|</article><footer><time datetime=2024-03-11>x</time> <a rel=author href=/a>Rita Example</a></footer>|,
of the site, by its class|<h1>Gate</h1>|<div class=site-footer><time datetime=2024-03-11>x</time></div>|,
of a citation|<article><h1>Gate</h1>|<blockquote><p>x</p><footer><a rel=author href=/a>Bob Other</a>, <time datetime=2024-03-11>x</time></footer></blockquote></article>|,
of a comment|<article><h1>Gate</h1>|</article><article class=comment-body><footer><b class="author vcard">Bob Reader</b> <time datetime=2024-03-11>x</time></footer></article>|,
EOF

# ---- Microformats ----

entry='<article class="h-entry"><h1 class="p-name">Gate &amp; lock</h1>
<section class="p-summary">It opens.</section>
<section class="e-content"><p>The gate opened, and the water came in.</p>
<div class="h-cite"><a class="u-url p-name" href="https://x.example/">Other</a>
<time class="dt-published" datetime="2001-01-01">then</time></div></section>
<footer>By <a class="p-author h-card" href="/rita"><img alt=""><b class="p-name">Rita
Example</b>, warden</a> on <time class="dt-published"
datetime="2024-03-11T10:00:00Z">March 11</time>
<a class="p-canonical" href="https://vale.example/gate">Link</a></footer></article>'
echo "<html><title>Gate - Vale</title>$entry" > a.html
pack a.html
is "an h-entry states its article" "$(meta a.html)" \
    '{"byline":"Rita Example","headline":"Gate & lock","published":"2024-03-11T10:00:00Z","summary":"It opens.","url":"https://vale.example/gate"}'
echo "<html><title>Vale</title>$entry$entry" > a.html
is "several are a list" "$(field a.html url)" ""

# ---- Text ----

printf '<p>The gate opened on Monday.</p><nav>Menu</nav>' > a.html
printf 'Plain.\nText.\n' > b.txt
printf '\211PNG\0\377' > c.bin
printf '%s\n' '{"id":"j1","text":"own"}' \
    '{"id":"j2","content_html":"<p>One</p><p>Two &amp; three</p>"}' > d.jsonl
pack a.html b.txt c.bin d.jsonl
text() {
    "$SHEAF" get x.sheaf "$1" --text 2>&1
}
is "text of a page" "$(text a.html)" "The gate opened on Monday."
printf '<body><template><p>Not shown.</p></template><p><my-page><template shadowrootmode=open><style>p{}</style>
<my-story><template shadowroot="open"><article><h1>Gate</h1><p>The gate is in here.</p></b></article></template></my-story>
</template></my-page></p><p>And behind.</p>' > shadow.html
"$SHEAF" pack -q -f -o shadow.sheaf shadow.html
is "text of shadow roots, and not of other templates" \
    "$("$SHEAF" get shadow.sheaf shadow.html --text | tr '\n' '/')" "Gate//The gate is in here.//And behind./"
printf -- '---\ntitle: Gate\n---\n<p>It opened.</p>\n' > front.html
"$SHEAF" pack -q -f -o front.sheaf front.html
is "text of a page with front matter" \
    "$("$SHEAF" get front.sheaf front.html --text)" "It opened."
printf '<title>G</title><script type="application/ld+json">%s</script><div id=root></div>' \
    '{"@type":"NewsArticle","articleBody":"The gate opened."}' > built.html
"$SHEAF" pack -q -f -o built.sheaf built.html > log 2>&1
is "a page that a script fills: what it says of its text" \
    "$(cat log; "$SHEAF" get built.sheaf built.html --text)" "The gate opened."
is "text of text" "$(text b.txt)" "$(cat b.txt)"
is "text of a fragment" "$(text j2)" 'One

Two & three'
is "text of what has none" "$(text c.bin || echo $?)" \
    'sheaf: x.sheaf: c.bin: not text, HTML or XML; get without --text prints its bytes
1'
"$SHEAF" extract x.sheaf --text -C texts 2> log
is "extract: names, and what is left out" "$(ls texts | tr '\n' ' ') $(cat log)" \
    "a.html.txt b.txt j1.txt j2.html.txt  sheaf: x.sheaf: 1 article without a text"
is "extract: text" "$(cat texts/a.html.txt)" "The gate opened on Monday."
"$SHEAF" extract x.sheaf --text --format tar 2> log | tar -xOf - a.html.txt > got
is "extract: tar" "$(cat got)" "The gate opened on Monday."
"$SHEAF" extract x.sheaf --text --format jsonl 2> log | python3 -c '
import json, sys
for line in sys.stdin:
    a = json.loads(line)
    print(a["id"], "body" in a, repr(a.get("text")))' > got
is "extract: JSONL" "$(cat got)" "a.html True 'The gate opened on Monday.\\n'
b.txt True 'Plain.\\nText.\\n'
c.bin False None
j1 False 'own'
j2 False 'One\\n\\nTwo & three\\n'"

cat > a.xml << 'EOF'
<?xml version="1.0"?>
<report xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>The  gate</dc:title>
<part><para>It <b>opened</b>, &amp; the <i>water <b>came</b></i>.</para>
<para>Twice<!-- no -->.</para></part></report>
EOF
pack a.xml
is "text of XML" "$(text a.xml)" 'The gate

It opened, & the water came.

Twice.'
is "the bytes of XML stay" "$("$SHEAF" get x.sheaf a.xml | cmp - a.xml && echo same)" same

# What stands around a text for subscribers, and what asks for a subscription.
one='The lock keeper opened the old gate on Monday, and the first barge, with
a band on it, went through before noon.'
two='The farmers had waited for the water since spring, while the council,
short of money, kept it behind a wall of sandbags.'
paras="<p>$one</p><p>$two</p>"
ask='<p>Subscribe to continue reading, on all of your devices.</p>
<p>Are you a subscriber? <a href=/login>Log in</a>.</p>'
count() {
    pack a.html && text a.html | grep -c "$1"
}
for how in class=paywall class=subscriber-only class=read-more \
    aria-hidden=true class=modal-open "style='display: none'"; do
    echo "<h1>Gate</h1><div $how>$paras</div>" > a.html
    is "all text in $how" "$(count '^The')" 2
    echo "<article><h1>Gate</h1>$paras$paras$paras<div $how>$ask</div>" > a.html
    is "a request in $how" "$(count '^The') $(count ubscri)" "6 0"
done
for how in class=paywall class=subscriber-only class=read-more \
    aria-hidden=true; do
    echo "<h1>Gate</h1>$paras$paras$paras<div $how>$paras$paras</div>" > a.html
    is "the rest of a text in $how" "$(count '^The')" 10
done
echo "<h1>Gate</h1>$paras<div class=paywall>$one<br><br>$two<br>$one</div>" \
    > a.html
is "without paragraphs" "$(count '^The')" 5
for how in "class=modal aria-hidden=true" "style='display: none'"; do
    echo "<article><h1>Gate</h1>$paras$paras$paras$paras</article><div $how>
        <p>Rules: $one$two$one</p><p>Rules: $one$two$one$one$one$one</p>" > a.html
    is "a long text that few see in $how" "$(count Rules)" 0
done

{
    echo "<html amp><body><h1>Gate</h1>$paras$paras"
    for name in sidebar ad consent user-notification next-page social-share; do
        echo "<amp-$name><p>By Jo Sample, 3 May 2023</p>$paras</amp-$name>"
    done
    echo "<p>The <amp-fit-text>wardens</amp-fit-text> agree, all of them.</p>"
} > a.html
is "elements of AMP beside the text" \
    "$(count '^The') $(count Sample) $(count wardens)" "5 0 1"
is "of whom none is the author" "$(field a.html byline)" ""

# Each paragraph in a block of its own, as mail programs and editors write it.
head="<head><meta charset=utf-8><title>Gate</title></head>"
three='The gate opens in October.'
while IFS='|' read -r what start end; do
    echo "<html>$head<body>$start$one$end$start<br>$end$start$two$end$start$three$end" > a.html
    is "$what: each paragraph" "$(count '^The')" 3
done << 'END'
divs|<div>|</div>
divs of a class|<div class=elementToProof style="color: rgb(0, 0, 0)">|</div>
divs in divs|<div><div><span>|</span></div></div>
sections|<section class=block>|</section>
END
echo "<html>$head<body><div dir=ltr>$one<div><br></div><div>$two</div><div>$three</div></div>" > a.html
is "divs behind a text: each paragraph" "$(count '^The')" 3
echo "<html>$head<body><div class=top>Vale News, of the vale</div><div class=in>$one<br><br>$two<br>$three</div>
<div class=end>Vale News, 1 Lock Road, Vale</div>" > a.html
is "divs around a text" "$(count '^The') $(count Vale)" "3 2"
echo "<html>$head<body><div>$one<br>$two</div><div>Vale News, 1 Lock Road</div><dl>" \
    "$(for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do echo "<dt>Tide $i<dd>It is high at $i, and low at noon"; done)</dl>" > a.html
is "divs beside more text of another kind" "$(count '^The') $(count Vale)" "2 1"

# Sections with ids of their headings, as programs write them. A part of a page
# that is called so for what it is stays out.
section() { # its id, its heading
    printf '<%s id="%s" class="level2">\n<h2>%s</h2>%s</%s>\n' "$tag" "$1" "$2" "$paras" "$tag"
}
for tag in section div; do
    {
        echo "<html>$head<body><header><h1>Gate</h1></header><main>$paras$paras$paras"
        section social-housing 'Social housing'
        section poll '1.2 Poll<a href=#poll>¶</a>'
        section newsletter Newsletter
        section related-cases-1 'Related cases'
        echo "</main></body></html>"
    } > a.html
    is "<$tag> with the id of its heading" "$(count '^The')" 14
done
for part in comments newsletter related; do
    tag=div
    {
        echo "<html>$head<body><header><h1>Gate</h1></header><main><p>$one<p>$two<p>$one<p>$two"
        echo "<div id=$part><h2>$part of the week</h2><p>Rules: $one<p>Rules: $two</div></main>"
    } > a.html
    is "a part that is called $part" "$(count '^The') $(count Rules)" "4 0"
done
echo "<html>$head<body><header><h1>Gate</h1></header><main><p>$one<p>$two<p>$one<p>$two
<div id=comments><h2>Comments</h2><p>Rules: $one<p>Rules: $two</div></main>" > a.html
is "comments below their heading" "$(count '^The') $(count Rules)" "4 0"

# Blocks whose classes are numbered, or hashes.
long=$paras$paras$paras$paras$paras
while IFS='|' read -r what first second; do
    echo "<html>$head<body><header><h1>Gate</h1></header><main><div class=in><div $first>$long</div>
<figure><img src=a.jpg></figure><div $second>$paras</div></div></main>" > a.html
    is "$what: both blocks" "$(count '^The')" 12
done << 'END'
numbers|class="et_pb_text et_pb_text_0"|class="et_pb_text et_pb_text_1"
hashes|class="css-1r7ky0e"|class="css-ad53u6y"
Elementor|class="elementor-element elementor-element-e76822b elementor-widget elementor-widget-text-editor"|class="elementor-element elementor-element-ad2f6ea elementor-widget elementor-widget-text-editor"
kinds of text|class="frame frame-type-text"|class="frame frame-type-textmedia"
END
echo "<html>$head<body><header><h1>Gate</h1></header><main><div class=in><div class=text>$long</div>
<figure><img src=a.jpg></figure><div class=info>$paras</div></div></main>" > a.html
is "a block of another kind" "$(count '^The')" 10
echo "<html>$head<body><header><h1>Gate</h1></header><div><div class=teaser-text itemprop=description>$paras</div>
<div itemprop=articleBody>$long</div></div>" > a.html
is "a description is no teaser" "$(count '^The')" 12

# What is called so for what stands beside it, and is around the article.
note='The seal of the authority says that this page was checked in full, by persons who know the
trade, and that all of its numbers were right on the day on which they came to look at it, which was
in spring; the next check is due next year, and will be announced on this page, as usual.'
for class in sidebar-wrapper has-sidebar no-sidebar "widget widget-content"; do
    echo "<html>$head<body><nav><a href=/>Home</a></nav><article><div class=\"$class\"><h1>Gate</h1>
        $long</div><div class=seal><p>$note</div></article>" > a.html
    is "an article in $class" "$(count '^The [lf]')" 10
done
echo "<html>$head<body><nav><a href=/>Home</a></nav><article><h1>Gate</h1>$paras
    $(echo "$long" | sed 's/<p>/<p class=paywall>/g')</article>" > a.html
is "paragraphs that are each for subscribers" "$(count '^The')" 12

# With nothing of a site around it, all of it is text.
for around in "" "<nav><a href=/>Home</a></nav>"; do
    echo "<html>$head<body>$around<div class=lead>$paras</div><div class=body>$long</div>
<div class=about>Vale News, 1 Lock Road</div></body></html>" > a.html
    count Vale
done > vale
is "what stands below a letter is kept, and below a page not" "$(tr '\n' ' ' < vale)" "1 0 "

# ---- Pages that are meant to hurt ----

python3 - << 'EOF'
p = "<p>The gate opened on Monday, nine years late, and the water came in.</p>"
t = "<!DOCTYPE html><title>Gate</title>"
open("deep.html", "w").write(t + "<div>" * 100000 + p)
open("ends.html", "w").write(t + "<div>" * 100000 + "</b>" * 100000 + p)
open("fonts.html", "w").write(
    t + "".join("<p><font a=%d>" % i for i in range(50000)) + p)
open("attrs.html", "w").write(
    t + "<a " + " ".join("a%d=1" % i for i in range(300000)) + ">x</a>" + p)
open("links.html", "w").write(t + "<a href=x><div>" * 50000 + p)
open("amps.html", "w").write(t + "&" * 1000000 + "&ampampamp" * 100000 + p)
open("marks.html", "w").write(t + "<!--" * 200000 + p + "-->" + p)
open("long.html", "w").write(
    t + "<style>.a{b:c}</style>" * 500000 + p * 2
    + '<meta property="article:published_time" content="2024-03-11">')
open("nodes.html", "w").write(t + p * 2 + "<b>" * 2000000)
open("ld.html", "w").write(
    t + '<script type="application/ld+json">' + "[" * 200000 + "</script>"
    + '<script type="application/ld+json">[' + '{"author":{"@id":"a"}},' * 50000
    + "1]</script>" + p)
EOF
pack ./*.html
for f in deep ends fonts attrs links amps marks long nodes; do
    is "$f: headline and text" \
        "$("$SHEAF" get x.sheaf "$f.html" --meta | grep -o '"Gate"')
$("$SHEAF" get x.sheaf "$f.html" --text | grep -o 'water came in' | uniq)" \
        '"Gate"
water came in'
done
is "what is said behind much style" \
    "$(field long.html published)" 2024-03-11

echo "1..$n"
exit $bad
