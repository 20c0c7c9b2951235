/*
 * cmd_completion.c - scripts for shells, made of the table of options.
 */
#include <unistd.h>

#include "cli/args.h"
#include "cli/outfile.h"

/* Options whose values are words. */
static const struct {
    const char *option, *words;
} choices[] = {
    { "--format", "dir tar zip jsonl csv warc sqlite" },
    { "--sort", "date id title" },
    { "--keep", "raw" },
};

static const char *
words_of(const char *option)
{
    for (size_t i = 0; i < COUNT_OF(choices); i++)
        if (strcmp(choices[i].option, option) == 0)
            return choices[i].words;
    return NULL;
}

/* Calls `print` for each option of a command. */
static void
each_option(struct out *o, const struct command *c,
            void (*print)(struct out *o, const struct command *c,
                          const char *name, const char *value,
                          const char *help))
{
    const char *name, *value, *help;

    for (size_t i = 0; i < OPT_COUNT; i++)
        if (args_option(c, i, &name, &value, &help))
            print(o, c, name, value, help);
}

/* Text in single quotes; `special` characters get a backslash. */
static void
quote(struct out *o, const char *text, const char *special)
{
    for (; *text != '\0'; text++)
        if (*text == '\'')
            out_str(o, "'\\''");
        else
            out_format(o, "%s%c", strchr(special, *text) != NULL ? "\\" : "",
                       *text);
}

/* ---- bash ---------------------------------------------------------------- */

static void
bash_option(struct out *o, const struct command *c, const char *name,
            const char *value, const char *help)
{
    (void)c;
    (void)value;
    (void)help;
    out_format(o, " %s", name);
}

static void
print_bash(struct out *o, const struct args *args)
{
    out_str(o, "_sheaf()\n{\n"
               "    local cur=${COMP_WORDS[COMP_CWORD]} all options= words=\n"
               "    all='help");
    for (size_t i = 0; i < args->all_count; i++)
        out_format(o, " %s", args->all[i].name);
    out_str(o, "'\n"
               "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
               "        COMPREPLY=($(compgen -W \"$all\" -- \"$cur\"))\n"
               "        return\n"
               "    fi\n"
               "    case ${COMP_WORDS[1]} in\n"
               "    help) words=$all ;;\n"
               "    completion) words='bash zsh fish' ;;\n");
    for (size_t i = 0; i < args->all_count; i++) {
        out_format(o, "    %s) options='", args->all[i].name);
        each_option(o, &args->all[i], bash_option);
        out_str(o, "' ;;\n");
    }
    out_str(o, "    esac\n"
               "    case ${COMP_WORDS[COMP_CWORD - 1]} in\n");
    for (size_t i = 0; i < COUNT_OF(choices); i++)
        out_format(o, "    %s) words='%s' ;;\n", choices[i].option,
                   choices[i].words);
    out_str(o, "    esac\n"
               "    if [ -n \"$words\" ]; then\n"
               "        COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
               "    elif [[ $cur == -* ]]; then\n"
               "        COMPREPLY=($(compgen -W \"$options\" -- \"$cur\"))\n"
               "    else\n"
               "        local IFS=$'\\n'\n"
               "        COMPREPLY=($(compgen -f -- \"$cur\"))\n"
               "        compopt -o filenames 2> /dev/null\n"
               "    fi\n"
               "}\n"
               "complete -F _sheaf sheaf\n");
}

/* ---- zsh ----------------------------------------------------------------- */

static void
zsh_option(struct out *o, const struct command *c, const char *name,
           const char *value, const char *help)
{
    const char *words = words_of(name);

    (void)c;
    out_format(o, "            '%s[", name);
    quote(o, help, "[]:\\");
    out_str(o, "]");
    if (words != NULL)
        out_format(o, ":%s:(%s)", value, words);
    else if (value != NULL) {
        out_str(o, ":");
        quote(o, value, "[]:\\");
        out_str(o, ":_files");
    }
    out_str(o, "' \\\n");
}

static void
print_zsh(struct out *o, const struct args *args)
{
    out_str(o, "#compdef sheaf\n"
               "_sheaf()\n{\n"
               "    local -a all\n"
               "    all=(\n        'help:print help'\n");
    for (size_t i = 0; i < args->all_count; i++) {
        out_format(o, "        '%s:", args->all[i].name);
        quote(o, args->all[i].summary, ":\\");
        out_str(o, "'\n");
    }
    out_str(o, "    )\n"
               "    if (( CURRENT == 2 )); then\n"
               "        _describe command all\n"
               "        return\n"
               "    fi\n"
               "    shift words\n"
               "    (( CURRENT-- ))\n"
               "    case $words[1] in\n"
               "    help) _describe command all ;;\n"
               "    completion) _values shell bash zsh fish ;;\n");
    for (size_t i = 0; i < args->all_count; i++) {
        out_format(o, "    %s)\n        _arguments \\\n", args->all[i].name);
        each_option(o, &args->all[i], zsh_option);
        out_str(o, "            '*:file:_files'\n        ;;\n");
    }
    out_str(o, "    esac\n"
               "}\n"
               "if [ \"$funcstack[1]\" = _sheaf ]; then\n"
               "    _sheaf \"$@\"\n"
               "else\n"
               "    compdef _sheaf sheaf\n"
               "fi\n");
}

/* ---- fish ---------------------------------------------------------------- */

static void
fish_option(struct out *o, const struct command *c, const char *name,
            const char *value, const char *help)
{
    const char *words = words_of(name);

    out_format(o,
               "complete -c sheaf -n '__fish_seen_subcommand_from %s' -%c "
               "%s -d '",
               c->name, name[1] == '-' ? 'l' : 's',
               name[1] == '-' ? name + 2 : name + 1);
    for (; *help != '\0'; help++)
        out_format(o, "%s%c", *help == '\'' || *help == '\\' ? "\\" : "",
                   *help);
    out_str(o, "'");
    if (words != NULL)
        out_format(o, " -x -a '%s'", words);
    else if (value != NULL)
        out_str(o, " -r");
    out_str(o, "\n");
}

static void
print_fish(struct out *o, const struct args *args)
{
    out_str(o, "complete -c sheaf -n __fish_use_subcommand -f -a help -d "
               "'print help'\n"
               "complete -c sheaf -n '__fish_seen_subcommand_from completion' "
               "-f -a 'bash zsh fish'\n");
    for (size_t i = 0; i < args->all_count; i++) {
        const char *p = args->all[i].summary;

        out_format(o,
                   "complete -c sheaf -n __fish_use_subcommand -f -a %s -d "
                   "'",
                   args->all[i].name);
        for (; *p != '\0'; p++)
            out_format(o, "%s%c", *p == '\'' || *p == '\\' ? "\\" : "", *p);
        out_str(o, "'\n");
        each_option(o, &args->all[i], fish_option);
    }
}

int
cmd_completion(const struct args *args)
{
    static const struct {
        const char *name;
        void (*print)(struct out *o, const struct args *args);
    } shells[] = { { "bash", print_bash },
                   { "zsh", print_zsh },
                   { "fish", print_fish } };
    struct out o;

    for (size_t i = 0; i < COUNT_OF(shells); i++)
        if (strcmp(args->operand[0], shells[i].name) == 0) {
            out_start(&o, STDOUT_FILENO);
            shells[i].print(&o, args);
            return out_finish(&o, NULL);
        }
    return say_usage("completion", "completion: '%s' is not bash, zsh or fish",
                     args->operand[0]);
}
