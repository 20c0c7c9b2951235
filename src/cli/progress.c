/*
 * progress.c - a line that says how far a long command has come.
 */
#include "cli/progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "cli/terminal.h"
#include "cli/util.h"

#define PROGRESS_EVERY 200 /* ms */

static uint64_t
now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

void
progress_start(struct progress *p, bool quiet)
{
    memset(p, 0, sizeof *p);
    p->on = !quiet && isatty(STDERR_FILENO);
    p->started = now_ms();
    p->next = p->started + PROGRESS_EVERY;
}

bool
progress_due(struct progress *p)
{
    uint64_t now;

    if (!p->on)
        return false;
    now = now_ms();
    if (now < p->next)
        return false;
    p->next = now + PROGRESS_EVERY;
    return true;
}

double
progress_seconds(const struct progress *p)
{
    return (double)(now_ms() - p->started) / 1000;
}

void
progress_show(struct progress *p, const char *format, ...)
{
    char line[256];
    unsigned width;
    struct out o;
    va_list args;

    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    /* A line that wraps would not be overwritten. */
    width = terminal_width(STDERR_FILENO);
    if (strlen(line) >= width)
        line[width - 1] = '\0';
    out_start(&o, STDERR_FILENO);
    out_format(&o, "\r%s\033[K", line);
    out_flush(&o);
    p->shown = true;
}

void
progress_clear(struct progress *p)
{
    struct out o;

    if (!p->shown)
        return;
    out_start(&o, STDERR_FILENO);
    out_str(&o, "\r\033[K");
    out_flush(&o);
    p->shown = false;
}

/* "12 s", "3 min 20 s", "2 h 5 min" */
static struct short_text
time_text(double seconds)
{
    struct short_text t;
    unsigned long s = seconds < 1e6 ? (unsigned long)seconds + 1 : 1000000;

    if (s < 60)
        snprintf(t.text, sizeof t.text, "%lu s", s);
    else if (s < 3600)
        snprintf(t.text, sizeof t.text, "%lu min %lu s", s / 60, s % 60);
    else
        snprintf(t.text, sizeof t.text, "%lu h %lu min", s / 3600,
                 s / 60 % 60);
    return t;
}

void
progress_part(struct progress *p, uint64_t done, uint64_t total,
              const char *unit, const char *more)
{
    double seconds = progress_seconds(p);
    double rate = seconds > 0 ? (double)done / seconds : 0;
    double left = total > done ? (double)(total - done) : 0;
    unsigned percent = done >= total
                           ? 100
                           : (unsigned)((double)done / (double)total * 100);
    char of[64], speed[64], end[64] = "";

    if (unit != NULL) {
        snprintf(of, sizeof of, "%llu %s", (unsigned long long)total, unit);
        snprintf(speed, sizeof speed, "%.0f/s", rate);
    } else {
        snprintf(of, sizeof of, "%s", size_text(total).text);
        snprintf(speed, sizeof speed, "%s/s", size_text((uint64_t)rate).text);
    }
    /* The first moments say little. */
    if (rate > 0 && seconds > 1)
        snprintf(end, sizeof end, ", %s left", time_text(left / rate).text);
    progress_show(p, "%u %% of %s, %s%s%s", percent, of, speed, end, more);
}

int
progress_bytes(void *arg, uint64_t done, uint64_t total)
{
    struct progress *p = arg;

    if (progress_due(p))
        progress_part(p, done, total, NULL, "");
    return interrupted();
}
