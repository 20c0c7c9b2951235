/*
 * stamp.c - time stamps over checkpoints, by sheaf-time (time/time.h).
 */
#include "cli/stamp.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cursor.h"
#include "base/fd.h"
#include "cli/importer.h"
#include "cli/notes.h"
#include "cli/outfile.h"

/* As in time/time.h. */
#define TEXTS_MAX 64
#define ANSWER_MAX (STAMP_MAX + 65536)
#define SECONDS_DEFAULT "30"

/* ---- Questions ----------------------------------------------------------- */

/* The note up to each signature line. The count is at `at` of `question`. */
static bool
add_texts(struct sheaf_buf *question, struct sheaf_bytes note, size_t *count)
{
    struct sheaf_bytes rest = note_below(note);
    bool good = true;

    while (rest.len != 0 && good && *count < TEXTS_MAX) {
        size_t len;

        (void)bytes_until(&rest, '\n');
        len = note.len - rest.len;
        good = buf_add_be(question, len, 4) &&
               buf_add(question, note.data, len);
        *count += 1;
    }
    return good;
}

static int
make_question(struct sheaf_bytes note, struct sheaf_bytes second,
              struct sheaf_buf *out, size_t *of_first)
{
    struct sheaf_buf texts = { 0 };
    size_t count = 0;
    bool good = add_texts(&texts, note, &count);

    *of_first = count;
    good = good && add_texts(&texts, second, &count) &&
           buf_add_be(out, count, 4) && buf_add(out, texts.data, texts.len);
    sheaf_buf_free(&texts);
    return good ? EXIT_DONE : say_no_memory();
}

/* ---- The program --------------------------------------------------------- */

/* Sends all of `question`, and then reads all of the answer. */
static int
run(char **argv, const struct sheaf_buf *question, struct sheaf_buf *answer)
{
    int to[2], from[2], code;
    pid_t child = 0;
    ssize_t n = 1;

    if (pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0) {
        say(STAMPER ": %s", strerror(errno));
        return EXIT_FAILED;
    }
    code = stamper_start(argv, to[0], from[1], &child);
    close(to[0]);
    close(from[1]);
    if (code == EXIT_DONE)
        (void)fd_write(to[1], question->data, question->len);
    close(to[1]);
    while (code == EXIT_DONE && n > 0 && answer->len < ANSWER_MAX) {
        if (!buf_reserve(answer, answer->len + 65536)) {
            code = say_no_memory();
            break;
        }
        n = read(from[0], answer->data + answer->len, 65536);
        answer->len += n > 0 ? (size_t)n : 0;
    }
    close(from[0]);
    (void)child_wait(&child);
    return code;
}

static int
take_answer(const char *of, const struct sheaf_buf *answer, size_t of_first,
            struct stamp *out)
{
    struct cursor c = cursor_over(answer->data, answer->len);
    uint8_t what = cursor_u8(&c);
    int code = EXIT_FAILED;
    const uint8_t *name;
    size_t len;

    if (what == 'E') {
        code = cursor_u8(&c);
        say("%s: %.*s", of, (int)cursor_left(&c), (const char *)c.at);
        return code != EXIT_DONE ? code : EXIT_FAILED;
    }
    out->second = cursor_u32(&c) >= of_first;
    out->time_s = cursor_be(&c, 8);
    len = cursor_u32(&c);
    name = cursor_take(&c, len);
    if (what != 'T' || name == NULL) {
        say(STAMPER " failed");
        return EXIT_FAILED;
    }
    out->checked = true;
    return buf_add(&out->authority, name, len) &&
                   buf_add(&out->reply, c.at, cursor_left(&c))
               ? EXIT_DONE
               : say_no_memory();
}

static int
ask(char **argv, const char *of, const struct sheaf_buf *question,
    size_t of_first, struct stamp *out)
{
    struct sheaf_buf answer = { 0 };
    int code = run(argv, question, &answer);

    if (code == EXIT_DONE)
        code = take_answer(of, &answer, of_first, out);
    sheaf_buf_free(&answer);
    return code;
}

/* ---- What is wanted ------------------------------------------------------ */

static int
set_size(struct stamp *s, struct sheaf_bytes note)
{
    struct sheaf_checkpoint c;
    struct sheaf_error err = { 0 };
    int rc = sheaf_checkpoint_parse(note, &c, &err);

    if (rc != SHEAF_OK)
        return say_failed(NULL, rc, &err);
    s->size = c.size;
    return EXIT_DONE;
}

int
stamp_check(const struct args *args, struct sheaf_bytes note,
            struct sheaf_bytes second, struct stamp *out)
{
    const char *path = args->value[OPT_TIMESTAMP];
    char check[] = "check";
    char *argv[] = { NULL, check, (char *)(uintptr_t)args->value[OPT_TSA_CA],
                     NULL };
    struct sheaf_buf question = { 0 }, reply = { 0 };
    size_t of_first;
    int code;

    if (path == NULL)
        return EXIT_DONE;
    if (note.len == 0) {
        say("%s: there is no signed checkpoint that it could be of", path);
        return EXIT_NOT_AUTHENTIC;
    }
    code = read_file(path, STAMP_MAX, &reply);
    if (code == EXIT_DONE)
        code = make_question(note, second, &question, &of_first);
    if (code == EXIT_DONE && !buf_add(&question, reply.data, reply.len))
        code = say_no_memory();
    if (code == EXIT_DONE)
        code = ask(argv, path, &question, of_first, out);
    if (code == EXIT_DONE)
        code = set_size(out, out->second ? second : note);
    sheaf_buf_free(&question);
    sheaf_buf_free(&reply);
    return code;
}

int
stamp_ask(const struct args *args, struct sheaf_bytes note, struct stamp *out)
{
    const char *seconds = args->value[OPT_TIMEOUT];
    const char *url = args->value[OPT_TSA];
    char verb[] = "ask";
    char *argv[] = { NULL,
                     verb,
                     (char *)(uintptr_t)url,
                     (char *)(uintptr_t)(seconds != NULL ? seconds
                                                         : SECONDS_DEFAULT),
                     (char *)(uintptr_t)args->value[OPT_TSA_CA],
                     NULL };
    struct sheaf_buf question = { 0 };
    int code = EXIT_DONE;

    if (!buf_add_be(&question, 1, 4) || !buf_add_be(&question, note.len, 4) ||
        !buf_add(&question, note.data, note.len))
        code = say_no_memory();
    if (code == EXIT_DONE)
        code = ask(argv, url, &question, 1, out);
    if (code == EXIT_DONE)
        code = set_size(out, note);
    sheaf_buf_free(&question);
    return code;
}

void
stamp_print(struct out *o, const struct stamp *s)
{
    out_str(o, seconds_text(s->time_s).text);
    out_str(o, " by ");
    out_visible(o, buf_view(&s->authority));
}

void
stamp_json(struct out *o, const struct stamp *s)
{
    out_json_number(o, "stamped", s->time_s);
    out_json_number(o, "stamped_size", s->size);
    out_str(o, ",\"stamped_by\":");
    out_json(o, buf_view(&s->authority));
}

void
stamp_free(struct stamp *s)
{
    sheaf_buf_free(&s->authority);
    sheaf_buf_free(&s->reply);
}
