/*
 * args.c - the command line: which command, its options, its operands.
 *
 * getopt is not used: it would need a second table beside that for `sheaf
 * help`, and it prints its own messages.
 */
#include "cli/args.h"

#include <stdio.h>

#include "cli/outfile.h"

static const struct {
    const char *name;  /* "-o" or "--level" */
    const char *value; /* NULL: it takes none */
    const char *help;
} options[OPT_COUNT] = {
    [OPT_OUTPUT] = { "-o", "FILE",
                     "write to FILE; where it can be, - is standard output" },
    [OPT_FORCE] = { "-f", NULL, "replace an existing file" },
    [OPT_SECRET] = { "-s", "SEC", "sign with the secret key in file SEC" },
    [OPT_PUBLIC] = { "-p", "PUB", "the public key in file PUB" },
    [OPT_KEY] = { "-P", "KEY", "the public key itself, in base64" },
    [OPT_NO_PASSPHRASE] = { "-W", NULL, "no passphrase for the secret key" },
    [OPT_ORIGIN] = { "-n", "ORIGIN", "start a log with this origin" },
    [OPT_EXPECTED] = { "--origin", "NAME",
                       "refuse an archive of another origin" },
    [OPT_NEW_LOG] = { "--new-log", NULL,
                      "allow an origin that this key signed before" },
    [OPT_UNSIGNED] = { "--unsigned", NULL,
                       "do not sign what is new in a signed archive" },
    [OPT_SIGN_UNSIGNED] = { "--sign-unsigned", NULL,
                            "also sign articles that nobody has signed" },
    [OPT_LEVEL] = { "--level", "N", "zstd level, 1 to 19" },
    [OPT_FAST] = { "--fast", NULL, "level 5, dictionaries of at most 1M" },
    [OPT_SMALL] = { "--small", NULL,
                    "level 19, dictionaries up to 16M, blocks of 64K" },
    [OPT_WEB] = { "--web", NULL,
                  "dictionaries of at most 128K, for reading from a server" },
    [OPT_PLAIN] = { "--plain", NULL,
                    "no codes for words: stock zstd prints the articles" },
    [OPT_DICT] = { "--dict", "SIZE",
                   "largest dictionary, such as 512K or 4M; or none" },
    [OPT_BLOCK] = { "--block", "SIZE",
                    "put neighbours in blocks of up to SIZE; 0 to 64K" },
    [OPT_SALTED] = { "--salted", NULL,
                     "give each article a salt, against guessing later" },
    [OPT_REASON] = { "--reason", "TEXT",
                     "the reason, which everyone can read" },
    [OPT_NEW_KEY] = { "--new-key", "NEWSEC",
                      "the secret key that signs from here on" },
    [OPT_JOBS] = { "-j", "N", "use N threads; by default one for each core" },
    [OPT_TIME] = { "--time", "T",
                   "claimed time of archiving: RFC 3339, or @SECONDS" },
    [OPT_UNIQUE] = { "--unique", NULL, "fail if an ID comes twice" },
    [OPT_SINCE] = { "--since", "D",
                    "only those published on D (YYYY[-MM[-DD]]) or later" },
    [OPT_UNTIL] = { "--until", "D", "only those published on D or earlier" },
    [OPT_SECTION] = { "--section", "S", "only articles of this section" },
    [OPT_TITLE] = { "--title", "TEXT",
                    "only articles with TEXT in the title" },
    [OPT_PREFIX] = { "--prefix", "ID",
                     "only articles whose ID begins with ID" },
    [OPT_LANG] = { "--lang", "L",
                   "only articles in this language, such as de" },
    [OPT_AUTHOR] = { "--author", "TEXT",
                     "only articles with TEXT in the name of an author" },
    [OPT_WHERE] = { "--where", "FIELD=V",
                    "only articles whose metadata have this" },
    [OPT_IDS_FROM] = { "--ids-from", "FILE",
                       "the articles whose IDs FILE lists, one on each line" },
    [OPT_LIMIT] = { "--limit", "N", "at most N articles" },
    [OPT_SORT] = { "--sort", "BY", "in the order of date, id or title" },
    [OPT_REVERSE] = { "--reverse", NULL, "the last one first" },
    [OPT_SKIP] = { "--skip-existing", NULL, "leave existing files alone" },
    [OPT_PLOT] = { "--plot", NULL, "draw articles a month; -o: as SVG" },
    [OPT_INDEX] = { "--index", NULL, "make the index if there is none" },
    [OPT_DICT_FILE] = { "--dict-file", "DICT",
                        "use the dictionary that train wrote to DICT" },
    [OPT_SHARDS] = { "--shards", NULL,
                     "the archives are one input, packed in pieces" },
    [OPT_SPLITS] = { "--splits", "N",
                     "print N ranges, each for extract --leaves" },
    [OPT_REBUILT] = { "--rebuilt", NULL,
                      "the archive may have been made anew" },
    [OPT_LEAVES] = { "--leaves", "A-B",
                     "only leaves A to B, as info --splits names them" },
    [OPT_REVISIONS] = { "--revisions", NULL,
                        "all revisions, with their numbers" },
    [OPT_META] = { "--meta", NULL, "print the metadata instead of the body" },
    [OPT_TEXT] = { "--text", NULL,
                   "the readable text of web pages, not their bytes" },
    [OPT_REV] = { "--rev", "N", "revision N instead of the newest" },
    [OPT_PART] = { "--part", "N", "part N instead of the body, which is 0" },
    [OPT_FOLDER] = { "-C", "DIR", "write into this folder" },
    [OPT_FORMAT] = { "--format", "F",
                     "dir (the default), tar, zip, jsonl, csv, warc, sqlite" },
    [OPT_NOTE] = { "--note", "FILE",
                   "a checkpoint that was signed elsewhere" },
    [OPT_MINISIG] = { "--minisig", "FILE",
                      "write the checkpoint's text, and FILE.minisig" },
    [OPT_NAME] = { "--name", "NAME", "the name of the cosigner" },
    [OPT_REQUEST] = { "--request", "FILE",
                      "a request that witness-request wrote" },
    [OPT_OLD] = { "--old", "SIZE",
                  "number of leaves that the witness cosigned last" },
    [OPT_POLICY] = { "--policy", "FILE",
                     "the policy that says who must cosign" },
    [OPT_WITNESS] = { "-w", "VKEY", "the verifier key of the witness" },
    [OPT_PASSPHRASE_FD] = { "--passphrase-fd", "N",
                            "read the passphrase from descriptor N" },
    [OPT_META_FILE] = { "--meta", "FILE",
                        "metadata of the article, as get --meta prints it" },
    [OPT_ID] = { "--id", "ID", "the ID that the article must have" },
    [OPT_BY] = { "--by", "HOW", "month, section, or a size such as 512M" },
    [OPT_NEWEST] = { "--newest", NULL,
                     "show that there is no newer revision" },
    [OPT_ABSENT] = { "--absent", NULL, "show that there is no such article" },
    [OPT_FROM] = { "--from", "NOTE",
                   "show that the archive extends this checkpoint" },
    [OPT_JSON] = { "--json", NULL, "print JSON" },
    [OPT_QUIET] = { "-q", NULL, "print errors only" },
    [OPT_NUL] = { "-0", NULL, "put a NUL byte after each article" },
    [OPT_CACHE] = { "--cache", "DIR",
                    "keep what the next time needs in this folder" },
    [OPT_NO_CACHE] = { "--no-cache", NULL, "keep nothing for the next time" },
    [OPT_ENDPOINT] = { "--endpoint", "URL", "the server for s3://BUCKET/KEY" },
    [OPT_TIMEOUT] = { "--timeout", "SECONDS",
                      "give up on a server that sends nothing (30)" },
    [OPT_VERBOSE] = { "-v", NULL, "print requests to servers" },
    [OPT_LISTEN] = { "--listen", "ADDR:PORT",
                     "where clients connect (127.0.0.1:8080)" },
    [OPT_PAGE] = { "--page", "DIR", "serve the files of this folder at /" },
    [OPT_CORS] = { "--cors", "ORIGIN",
                   "let pages of this origin, or of any (*), read too" },
    [OPT_CONNECTIONS] = { "--connections", "N",
                          "at most N connections at a time (256)" },
    [OPT_PATIENCE] = { "--timeout", "SECONDS",
                       "cut off a client that takes longer (30)" },
    [OPT_TELL] = { "-v", NULL, "print requests" },
    [OPT_TSA] = { "--tsa", "URL", "the time stamp authority to ask" },
    [OPT_TSA_CA] = { "--tsa-ca", "PEM",
                     "trust authorities by these certificates only" },
    [OPT_TIMESTAMP] = { "--timestamp", "FILE",
                        "a time stamp over the checkpoint, .tsr" },
    [OPT_TILES] = { "--tiles", "DIR",
                    "write the tree as tiles, for monitors" },
    [OPT_PINS] = { "--pins", "FILE", "the file of pins" },
    [OPT_NO_PINS] = { "--no-pins", NULL,
                      "neither compare with a pin nor keep one" },
    [OPT_FORGET] = { "--forget", "ORIGIN", "forget the pins of this log" },
    [OPT_NOTE_SINCE] = { "--since", "NOTE",
                         "the archive must extend this checkpoint" },
    [OPT_REDACTED] = { "--redacted", NULL,
                       "only redacted articles, with the reasons" },
    [OPT_KIND] = { "--from", "KIND",
                   "the kind of the inputs: jsonl, text, ..." },
    [OPT_MAP] = { "--map", "FILE", "a map of the fields of records" },
    [OPT_TABLE] = { "--table", "NAME",
                    "take this table of an SQLite database" },
    [OPT_CHARSET] = { "--charset", "NAME",
                      "charset of names and texts that are not UTF-8" },
    [OPT_ID_PREFIX] = { "--id-prefix", "TEXT",
                        "put TEXT before each ID that is not a URL" },
    [OPT_INCLUDE] = { "--include", "GLOB",
                      "take only these files of folders and archives" },
    [OPT_EXCLUDE] = { "--exclude", "GLOB",
                      "leave out these files of folders and archives" },
    [OPT_HIDDEN] = { "--hidden", NULL,
                     "also take files whose names begin with a dot" },
    [OPT_FILES_FROM] = { "--files-from", "FILE",
                         "take the inputs that FILE lists, one on each line" },
    [OPT_STRICT] = { "--strict", NULL, "stop at the first error" },
    [OPT_KEEP] = { "--keep", "WHAT",
                   "raw: keep the record of a crawl with its article" },
    [OPT_MEDIA] = { "--media", NULL,
                    "take pictures and files that articles name" },
    [OPT_NO_LINES] = { "--no-lines", NULL,
                       "do not note in which file and line a record was" },
    [OPT_LIMIT_EXPAND] = { "--limit-expand", "N[,BYTES]",
                           "decompress to at most N times the size "
                           "(1000,1T)" },
    [OPT_LIMIT_TIME] = { "--limit-time", "SECONDS",
                         "give up after this much time without progress "
                         "(60)" },
    [OPT_REPORT] = { "--report", "FILE",
                     "write what was found in each article, as JSONL" },
    [OPT_REJECTS] = { "--rejects", "FILE", "write the errors, as JSONL" },
    [OPT_DRY_RUN] = { "--dry-run", NULL,
                      "read the inputs, and write nothing" },
};

/* Who takes the options from OPT_MORE to OPT_CACHE. */
static const struct {
    enum opt opt;
    const char *command;
} more[] = {
    { OPT_DICT_FILE, "pack" },
    { OPT_SHARDS, "merge" },
    { OPT_SPLITS, "info" },
    { OPT_LEAVES, "extract" },
    { OPT_REBUILT, "sync" },
    { OPT_LISTEN, "serve" },
    { OPT_PAGE, "serve" },
    { OPT_CORS, "serve" },
    { OPT_CONNECTIONS, "serve" },
    { OPT_PATIENCE, "serve" },
    { OPT_TELL, "serve" },
    { OPT_TSA, "timestamp" },
    { OPT_TSA_CA, "timestamp" },
    { OPT_TSA_CA, "verify" },
    { OPT_TSA_CA, "check" },
    { OPT_TIMESTAMP, "verify" },
    { OPT_TIMESTAMP, "check" },
    { OPT_TILES, "checkpoint" },
};

static bool
takes_more(const struct command *command, size_t opt)
{
    for (size_t i = 0; i < COUNT_OF(more); i++)
        if (more[i].opt == opt && strcmp(more[i].command, command->name) == 0)
            return true;
    return false;
}

static bool
takes(const struct command *command, size_t opt)
{
    /* A command that takes a secret key takes its passphrase. */
    if (opt == OPT_PASSPHRASE_FD)
        opt = OPT_SECRET;
    if (opt >= OPT_KIND)
        return (command->options & BIT_IMPORTING) != 0;
    if (opt >= OPT_SINCE)
        return (command->options & BIT_SELECTING) != 0;
    if (opt >= OPT_CACHE)
        return (command->options & BIT_REMOTE) != 0;
    if (opt >= OPT_MORE)
        return takes_more(command, opt);
    return (command->options & OPT_BIT(opt)) != 0;
}

static size_t
find_option(const struct command *command, const char *name, size_t len)
{
    for (size_t i = 0; i < OPT_COUNT; i++)
        if (takes(command, i) && strlen(options[i].name) == len &&
            memcmp(options[i].name, name, len) == 0)
            return i;
    return OPT_COUNT;
}

bool
args_option(const struct command *command, size_t opt, const char **name,
            const char **value, const char **help)
{
    *name = options[opt].name;
    *value = options[opt].value;
    *help = options[opt].help;
    return takes(command, opt);
}

/* ---- What was meant ------------------------------------------------------ */

#define NAME_LONGEST 32

static unsigned
least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* How many letters to change, insert, leave out or swap with the next. */
static unsigned
distance(const char *a, const char *b)
{
    size_t m = strlen(a), n = strlen(b);
    unsigned d[NAME_LONGEST + 1][NAME_LONGEST + 1];

    if (m > NAME_LONGEST || n > NAME_LONGEST)
        return NAME_LONGEST;
    for (size_t i = 0; i <= m; i++)
        for (size_t j = 0; j <= n; j++) {
            if (i == 0 || j == 0) {
                d[i][j] = (unsigned)(i + j);
                continue;
            }
            d[i][j] = least(least(d[i - 1][j], d[i][j - 1]) + 1,
                            d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
        }
    return d[m][n];
}

const char *
args_nearest(const char *name, const char *const *names, size_t count)
{
    unsigned best = strlen(name) < 5 ? 2 : 3; /* not more than that */
    const char *nearest = NULL;

    for (size_t i = 0; i < count; i++) {
        unsigned d = distance(name, names[i]);

        if (d < best) {
            best = d;
            nearest = names[i];
        }
    }
    return nearest;
}

static int
no_option(const struct command *command, const char *given, size_t len)
{
    const char *names[OPT_COUNT];
    char name[NAME_LONGEST + 1];
    const char *nearest = NULL;
    size_t count = 0;

    for (size_t i = 0; i < OPT_COUNT; i++)
        if (takes(command, i) && options[i].name[1] == '-')
            names[count++] = options[i].name;
    if (len <= NAME_LONGEST) {
        memcpy(name, given, len);
        name[len] = '\0';
        nearest = args_nearest(name, names, count);
    }
    if (nearest != NULL)
        return say_usage(command->name, "%s: no option %.*s; did you mean %s?",
                         command->name, (int)len, given, nearest);
    return say_usage(command->name, "%s: no option %.*s", command->name,
                     (int)len, given);
}

/* The last value of an option counts; options for the importer are all
 * passed on. */
static int
set_option(struct args *args, size_t opt, const char *value)
{
    args->value[opt] = value;
    if (opt == OPT_WHERE) {
        if (args->where_count == WHERE_MAX)
            return say_usage(args->command->name, "%s: more than %d of %s",
                             args->command->name, WHERE_MAX,
                             options[opt].name);
        args->where[args->where_count++] = value;
    }
    if (opt < OPT_KIND || opt > OPT_REPORT)
        return EXIT_DONE;
    if (args->passed_count == PASSED_MAX)
        return say_usage(args->command->name, "%s: more than %d options for "
                         "inputs", args->command->name, PASSED_MAX);
    args->passed[args->passed_count].name = options[opt].name;
    args->passed[args->passed_count].value = value;
    args->passed[args->passed_count].valued =
        options[opt].value != NULL && opt != OPT_REPORT;
    args->passed_count++;
    return EXIT_DONE;
}

/* --name, --name VALUE, --name=VALUE */
static int
parse_long(struct args *args, char ***argv)
{
    const char *name = args->command->name;
    char *arg = **argv;
    size_t len = strcspn(arg, "=");
    const char *value = arg[len] == '=' ? arg + len + 1 : NULL;
    size_t opt = find_option(args->command, arg, len);

    if (opt == OPT_COUNT)
        return no_option(args->command, arg, len);
    if (options[opt].value == NULL) {
        if (value != NULL)
            return say_usage(name, "%s: %s takes no value", name,
                             options[opt].name);
        value = "";
    } else if (value == NULL) {
        value = *++*argv;
    }
    if (value == NULL)
        return say_usage(name, "%s: %s needs %s", name, options[opt].name,
                         options[opt].value);
    return set_option(args, opt, value);
}

/* -q, -qf, -o VALUE, -oVALUE */
static int
parse_short(struct args *args, char ***argv)
{
    const char *name = args->command->name;

    for (const char *p = **argv + 1; *p != '\0'; p++) {
        char letter[3] = { '-', *p, '\0' };
        size_t opt = find_option(args->command, letter, 2);

        if (opt == OPT_COUNT)
            return say_usage(name, "%s: no option %s", name, letter);
        if (options[opt].value == NULL) {
            args->value[opt] = "";
            continue;
        }
        args->value[opt] = p[1] != '\0' ? p + 1 : *++*argv;
        if (args->value[opt] == NULL)
            return say_usage(name, "%s: %s needs %s", name, letter,
                             options[opt].value);
        break;
    }
    return EXIT_DONE;
}

int
args_parse(struct args *args, const struct command *command, char **argv,
           bool *help)
{
    bool ended = false;
    int code = EXIT_DONE;

    memset(args, 0, sizeof *args);
    args->command = command;
    args->operand = argv;
    for (; code == EXIT_DONE && *argv != NULL; argv++) {
        char *arg = *argv;

        if (ended || arg[0] != '-' || arg[1] == '\0') {
            args->operand[args->count++] = arg;
        } else if (strcmp(arg, "--") == 0) {
            ended = true;
        } else if (strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0) {
            *help = true;
            return EXIT_DONE;
        } else if (arg[1] == '-') {
            code = parse_long(args, &argv);
        } else {
            code = parse_short(args, &argv);
        }
    }
    if (code != EXIT_DONE)
        return code;
    if (args->count + args_has(args, OPT_FILES_FROM) < command->min)
        return say_usage(command->name, "%s: needs %s", command->name,
                         command->operands);
    if (args->count > command->max)
        return say_usage(command->name, "%s: unexpected operand '%s'",
                         command->name, args->operand[command->max]);
    return EXIT_DONE;
}

/* "--level N" */
static int
print_name(char out[40], size_t opt)
{
    return snprintf(out, 40, "%s%s%s", options[opt].name,
                    options[opt].value != NULL ? " " : "",
                    options[opt].value != NULL ? options[opt].value : "");
}

void
args_describe(struct out *o, const struct command *command)
{
    char name[40];
    int width = 14;

    for (size_t i = 0; i < OPT_COUNT; i++)
        if (takes(command, i) && print_name(name, i) > width)
            width = print_name(name, i);
    for (size_t i = 0; i < OPT_COUNT; i++) {
        if (!takes(command, i))
            continue;
        (void)print_name(name, i);
        out_format(o, "  %-*s  %s\n", width, name, options[i].help);
    }
}
