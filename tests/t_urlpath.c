/* The path of a file that another one names. */
#include "base/urlpath.h"
#include "tap.h"

static void
joins(const char *from, const char *url, const char *want)
{
    char out[URLPATH_MAX + 1] = "";
    bool good = urlpath_join(from, sheaf_str(url), out);

    ok(good == (want != NULL) && (!good || strcmp(out, want) == 0),
       "%s names %s: %s", from, url, good ? out : "nothing");
}

int
main(void)
{
    static char longest[2 * URLPATH_MAX];
    static char out[URLPATH_MAX + 1];

    joins("a.html", "p.png", "p.png");
    joins("d/a.html", "p.png", "d/p.png");
    joins("d/e/a.html", "../p.png", "d/p.png");
    joins("d/e/a.html", "../../p.png", "p.png");
    joins("d/e/a.html", "../../../p.png", NULL);
    joins("d/a.html", "./i//./p.png", "d/i/p.png");
    joins("a.html", "i/../p.png?x/../../y", "p.png");
    joins("a.html", "p.png#/../..", "p.png");
    joins("a.html", "%70%2epng", "p.png");
    joins("a.html", "50%.png", "50%.png");
    joins("a.html", "%zz%4", "%zz%4");
    joins("a.html", "%2e%2e/p.png", NULL);
    joins("a.html", "..%2Fp.png", NULL);
    joins("d/a.html", "..%2Fp.png", "p.png");
    joins("a.html", "..", NULL);
    joins("d/a.html", "..", NULL);
    joins("d/a.html", ".", "d");
    joins("a.html", "p%00.png", NULL);
    joins("a.html", "", NULL);
    joins("a.html", "/p.png", NULL);
    joins("a.html", "\\p.png", NULL);
    joins("a.html", "#x", NULL);
    joins("a.html", "?x", NULL);
    joins("a.html", "http://x/p.png", NULL);
    joins("a.html", "data:,x", NULL);
    joins("a.html", "i/a:b.png", "i/a:b.png");
    joins("a.html", "...", "...");
    joins("a.html", "%2Fetc", "etc");
    memset(longest, 'x', sizeof longest - 1);
    ok(!urlpath_join("a", sheaf_str(longest), out), "too long a name");
    longest[URLPATH_MAX] = '\0';
    ok(urlpath_join("a", sheaf_str(longest), out), "the longest");
    ok(strlen(out) == URLPATH_MAX, "all of it");
    longest[URLPATH_MAX - 2] = '/';
    ok(!urlpath_join(longest, sheaf_str("abc"), out), "too long a path");
    return tap_done();
}
