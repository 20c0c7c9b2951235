/*
 * args.h - the command line: which command, its options, its operands.
 *
 * One table has all options of all commands, so that a letter means the same
 * everywhere, and `sheaf help` shows exactly what is parsed.
 */
#ifndef SHEAF_CLI_ARGS_H
#define SHEAF_CLI_ARGS_H

#include "cli/util.h"

enum opt {
    OPT_OUTPUT, OPT_FORCE, OPT_SECRET, OPT_PUBLIC, OPT_KEY, OPT_NO_PASSPHRASE,
    OPT_ORIGIN, OPT_EXPECTED, OPT_NEW_LOG, OPT_UNSIGNED,
    OPT_SIGN_UNSIGNED, OPT_LEVEL, OPT_FAST,
    OPT_SMALL, OPT_WEB, OPT_PLAIN, OPT_DICT, OPT_BLOCK, OPT_SALTED, OPT_REASON,
    OPT_NEW_KEY, OPT_JOBS,
    OPT_TIME, OPT_UNIQUE, OPT_REVISIONS, OPT_META, OPT_TEXT,
    OPT_REV, OPT_PART, OPT_NUL,
    OPT_FOLDER, OPT_FORMAT, OPT_JSON, OPT_QUIET, OPT_PINS,
    OPT_NO_PINS, OPT_FORGET, OPT_NOTE_SINCE, OPT_REDACTED,
    OPT_NOTE, OPT_MINISIG, OPT_NAME, OPT_REQUEST, OPT_OLD, OPT_POLICY,
    OPT_WITNESS, OPT_PASSPHRASE_FD, OPT_META_FILE,
    OPT_ID, OPT_NEWEST, OPT_ABSENT, OPT_FROM, OPT_SKIP,
    OPT_PLOT, OPT_BY, OPT_INDEX,
    /* Who takes these is said in args.c. */
    OPT_DICT_FILE, OPT_SHARDS, OPT_SPLITS, OPT_LEAVES, OPT_REBUILT,
    OPT_LISTEN, OPT_PAGE,
    OPT_CORS, OPT_CONNECTIONS, OPT_PATIENCE, OPT_TELL, OPT_TSA, OPT_TSA_CA,
    OPT_TIMESTAMP, OPT_TILES,
    /* Options for archives on other machines (remote.h): the same. */
    OPT_CACHE, OPT_NO_CACHE, OPT_ENDPOINT, OPT_TIMEOUT, OPT_VERBOSE,
    /* Options that select articles (select.h). A command takes all of them or
     * none. */
    OPT_SINCE, OPT_UNTIL, OPT_SECTION, OPT_TITLE, OPT_PREFIX, OPT_LANG,
    OPT_AUTHOR, OPT_WHERE, OPT_IDS_FROM, OPT_LIMIT, OPT_SORT, OPT_REVERSE,
    /* Options for the importer: the same, and they may be given more than
     * once. */
    OPT_KIND, OPT_MAP, OPT_TABLE, OPT_CHARSET, OPT_ID_PREFIX, OPT_INCLUDE,
    OPT_EXCLUDE, OPT_HIDDEN, OPT_FILES_FROM, OPT_STRICT, OPT_KEEP, OPT_MEDIA,
    OPT_NO_LINES,
    OPT_LIMIT_EXPAND, OPT_LIMIT_TIME, OPT_REPORT,
    /* The same, but not passed to the importer. */
    OPT_REJECTS, OPT_DRY_RUN, OPT_COUNT
};

#define OPT_BIT(opt) ((uint64_t)1 << (opt))
#define OPT_MORE OPT_DICT_FILE
#define BIT_REMOTE ((uint64_t)1 << 61)
#define BIT_SELECTING ((uint64_t)1 << 62)
#define BIT_IMPORTING ((uint64_t)1 << 63)
_Static_assert(OPT_MORE <= 61, "each option before it has a bit");

struct args;

struct command {
    const char *name;
    const char *synopsis; /* what follows the name */
    const char *summary;  /* one line */
    const char *more;     /* a paragraph, or "" */
    uint64_t options;     /* OPT_BIT of those it takes, or BIT_ of a group */
    const char *operands; /* what is missing when there are too few */
    size_t min;
    size_t max;
    int (*run)(const struct args *args);
};

#define PASSED_MAX 256
#define WHERE_MAX 16

struct args {
    const struct command *command;
    const struct command *all; /* commands, for completion */
    size_t all_count;
    /* The importer's options as they were given. */
    struct {
        const char *name;
        const char *value;
        bool valued;
    } passed[PASSED_MAX];
    size_t passed_count;
    const char *where[WHERE_MAX]; /* of each --where */
    size_t where_count;
    const char *value[OPT_COUNT]; /* NULL: not given; a flag has "" */
    /* The archive must go on with this one; NULL: no matter. */
    const struct sheaf_checkpoint *goes_on;
    char **operand;
    size_t count;
};

/* `argv` is what follows the command's name; it is reordered. With `--help`
 * in it, *help is set. */
int args_parse(struct args *args, const struct command *command, char **argv,
               bool *help);
/* Option `opt` as `command` takes it: its name, what its value is called (NULL:
 * it has none) and its help. False: it does not take it. */
bool args_option(const struct command *command, size_t opt, const char **name,
                 const char **value, const char **help);
/* Which of `names` is nearly `name`, or NULL. */
const char *args_nearest(const char *name, const char *const *names,
                         size_t count);
/* The options that `command` takes, for `sheaf help`. */
struct out;
void args_describe(struct out *o, const struct command *command);

static inline bool
args_has(const struct args *args, enum opt opt)
{
    return args->value[opt] != NULL;
}

/* The commands: cmd_NAME.c. */
int cmd_keygen(const struct args *args);
int cmd_pack(const struct args *args);
int cmd_train(const struct args *args);
int cmd_append(const struct args *args);
int cmd_list(const struct args *args);
int cmd_get(const struct args *args);
int cmd_extract(const struct args *args);
int cmd_verify(const struct args *args);
int cmd_index(const struct args *args);
int cmd_search(const struct args *args);
/* The same. Adds to *left_out results of the index that are not in the archive,
 * not the newest revision or, with a key, not signed. */
int search_run(const struct args *args, uint64_t *left_out);
int cmd_info(const struct args *args);
int cmd_diff(const struct args *args);
int cmd_pins(const struct args *args);
int cmd_dict(const struct args *args);
int cmd_recover(const struct args *args);
int cmd_merge(const struct args *args);
int cmd_repack(const struct args *args);
int cmd_split(const struct args *args);
int cmd_sync(const struct args *args);
int cmd_repair(const struct args *args);
int cmd_redact(const struct args *args);
int cmd_rekey(const struct args *args);
int cmd_checkpoint(const struct args *args);
int cmd_sign(const struct args *args);
int cmd_cosign(const struct args *args);
int cmd_witness_request(const struct args *args);
int cmd_attach(const struct args *args);
int cmd_vkey(const struct args *args);
int cmd_prove(const struct args *args);
int cmd_check(const struct args *args);
int cmd_timestamp(const struct args *args);
int cmd_serve(const struct args *args);
int cmd_completion(const struct args *args);

#endif
