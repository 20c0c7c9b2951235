/*
 * plot.c - articles a month.
 */
#include "cli/plot.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/date.h"
#include "cli/browse.h"
#include "cli/outfile.h"
#include "cli/terminal.h"

#define MONTHS (12 * 10000)
/* More months than this are drawn as years. */
#define MONTHS_MOST 120

struct plotting {
    struct browse browse;
    uint32_t *counts; /* by month, from the year 0 on */
    uint64_t undated;
    size_t first, last, step; /* the bars are of `step` months */
    uint64_t most;
};

static int
count(void *arg, const struct browse_item *item)
{
    struct plotting *p = arg;
    struct date d;
    size_t len = date_take_metadata(item->fields.published, &d);

    if (len < 7 || d.year < 0 || d.year > 9999)
        p->undated++;
    else
        p->counts[d.year * 12 + d.month - 1]++;
    return EXIT_DONE;
}

static uint64_t
bar(const struct plotting *p, size_t month)
{
    uint64_t sum = 0;

    for (size_t i = month; i < month + p->step && i < MONTHS; i++)
        sum += p->counts[i];
    return sum;
}

/* Where the bars begin and end, and how high the highest is. */
static void
measure(struct plotting *p)
{
    p->step = 1;
    p->first = MONTHS;
    for (size_t i = 0; i < MONTHS; i++)
        if (p->counts[i] != 0) {
            p->first = (size_t)min_u64(p->first, i);
            p->last = i;
        }
    if (p->first < MONTHS && p->last - p->first >= MONTHS_MOST) {
        p->step = 12;
        p->first -= p->first % 12;
    }
    for (size_t i = p->first; i <= p->last && i < MONTHS; i += p->step)
        p->most = max_u64(p->most, bar(p, i));
}

static struct short_text
label(const struct plotting *p, size_t month)
{
    struct short_text t;

    if (p->step == 12)
        snprintf(t.text, sizeof t.text, "%04zu", month / 12);
    else
        snprintf(t.text, sizeof t.text, "%04zu-%02zu", month / 12,
                 month % 12 + 1);
    return t;
}

/* Of many empty ones in a row only the first is drawn. */
static bool
is_gap(const struct plotting *p, size_t month)
{
    return month > p->first && bar(p, month) == 0 &&
           bar(p, month - p->step) == 0;
}

static void
draw_lines(const struct plotting *p, unsigned width, struct out *o)
{
    unsigned room = width > 30 ? width - 20 : 10;

    for (size_t i = p->first; i <= p->last && i < MONTHS; i += p->step) {
        uint64_t n = bar(p, i);
        uint64_t length = (n * room + p->most - 1) / p->most;

        if (is_gap(p, i))
            continue;
        out_format(o, "%-7s  ", label(p, i).text);
        for (uint64_t k = 0; k < length; k++)
            out_str(o, "█");
        out_format(o, "%s%llu\n", length != 0 ? " " : "",
                   (unsigned long long)n);
    }
    if (p->undated != 0)
        out_format(o, "no month %llu\n", (unsigned long long)p->undated);
}

static void
draw_svg(const struct plotting *p, struct out *o)
{
    unsigned y = 10;
    size_t bars = 0;

    for (size_t i = p->first; i <= p->last && i < MONTHS; i += p->step)
        bars += !is_gap(p, i);
    out_format(o,
               "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"640\" "
               "height=\"%zu\" font-family=\"sans-serif\" font-size=\"12\">\n",
               bars * 18 + 20);
    for (size_t i = p->first; i <= p->last && i < MONTHS; i += p->step) {
        uint64_t n = bar(p, i), length = n * 480 / p->most;

        if (is_gap(p, i))
            continue;
        out_format(o,
                   "<text x=\"10\" y=\"%u\">%s</text>"
                   "<rect x=\"75\" y=\"%u\" width=\"%llu\" height=\"14\" "
                   "fill=\"#36c\"/><text x=\"%llu\" y=\"%u\">%llu</text>\n",
                   y + 12, label(p, i).text, y, (unsigned long long)length,
                   (unsigned long long)(80 + length), y + 12,
                   (unsigned long long)n);
        y += 18;
    }
    out_str(o, "</svg>\n");
}

static void
print_json(const struct plotting *p, struct out *o)
{
    const char *comma = "";

    out_str(o, "{\"articles\":{");
    for (size_t i = p->first; i <= p->last && i < MONTHS; i += p->step)
        if (bar(p, i) != 0) {
            out_format(o, "%s\"%s\":%llu", comma, label(p, i).text,
                       (unsigned long long)bar(p, i));
            comma = ",";
        }
    out_format(o, "},\"without_month\":%llu}\n",
               (unsigned long long)p->undated);
}

static int
draw(const struct plotting *p, const struct args *args)
{
    const char *path = args->value[OPT_OUTPUT];
    struct out o;
    int code = out_open(&o, path, args_has(args, OPT_FORCE));

    if (code != EXIT_DONE)
        return code;
    if (args_has(args, OPT_JSON))
        print_json(p, &o);
    else if (path != NULL)
        draw_svg(p, &o);
    else
        draw_lines(p, terminal_width(STDOUT_FILENO), &o);
    code = out_finish(&o, path);
    out_drop(&o);
    return code;
}

int
plot(struct archive *a, const struct args *args)
{
    struct selection selection;
    struct plotting p = { .counts = calloc(MONTHS, sizeof *p.counts) };
    int code = p.counts != NULL ? select_parse(&selection, args)
                                : say_no_memory();

    p.browse.archive = a;
    p.browse.selection = &selection;
    p.browse.arg = &p;
    p.browse.take = count;
    if (code == EXIT_DONE)
        code = browse_run(&p.browse);
    if (code == EXIT_DONE) {
        measure(&p);
        code = draw(&p, args);
    }
    if (code == EXIT_DONE)
        code = browse_code(&p.browse);
    browse_end(&p.browse);
    free(p.counts);
    return code;
}
