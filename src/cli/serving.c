/*
 * serving.c - what `sheaf serve` does for sheaf-serve: a process for each
 * question.
 *
 * Questions come from a program that strangers talk to. Which archive and what
 * kind of question is all that it chooses; answers.c checks the rest.
 */
#include "cli/serving.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cursor.h"
#include "base/packet.h"
#include "base/sink.h"
#include "cli/importer.h"

#define RUNNING_MAX 8
#define WAITING_MAX 64
#define ANSWER_SECONDS 20 /* by the clock */
#define WORK_SECONDS 10   /* of the processor */
#define MEMORY_MAX ((rlim_t)2 << 30)
#define TOO_LONG 124 /* in the place of an exit code */

struct job {
    struct job *next;
    uint32_t number;
    size_t archive;
    unsigned state; /* of the archive, when it began */
    pid_t child;    /* 0: it waits */
    time_t since;
    struct temp result, said;
    struct sheaf_buf packet;
};

struct serving {
    struct served_list *list;
    int socket, signals;
    pid_t server;
    unsigned most, running, waiting;
    struct job *jobs; /* the oldest first */
    bool ended;
    int code;
};

static time_t
now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec;
}

/* ---- Messages ------------------------------------------------------------ */

bool
serving_text(struct sheaf_buf *out, struct sheaf_bytes text)
{
    return text.len <= UINT16_MAX && buf_add_be(out, text.len, 2) &&
           buf_add(out, text.data, text.len);
}

bool
serving_tell(const struct served_list *list, size_t number, int socket)
{
    struct served *s = &list->at[number];
    struct sheaf_buf b = { 0 };
    bool good = buf_add_str(&b, "A") && buf_add_be(&b, number, 4) &&
                buf_add_be(&b, s->size, 8) &&
                serving_text(&b, buf_view(&s->tag)) &&
                serving_text(&b, buf_view(&s->name)) &&
                serving_text(&b, buf_view(&s->json)) &&
                packet_send(socket, b.data, b.len, s->fd, true) == 0;

    sheaf_buf_free(&b);
    if (good) {
        close(s->fd);
        s->fd = -1;
        s->told = s->state;
    }
    return good;
}

/* Whether what is there can be served. */
static bool
look_at(struct serving *v, size_t number)
{
    struct served *s = &v->list->at[number];
    int code = served_look(v->list, s);

    if (s->state != s->told && !serving_tell(v->list, number, v->socket))
        v->ended = true;
    return code == EXIT_DONE;
}

/* The answer to a question; `fd` -1: there is none. */
static void
send_answer(struct serving *v, const struct job *j, int code, bool current,
            struct sheaf_bytes said, int fd)
{
    struct sheaf_buf b = { 0 };

    if (!buf_add_str(&b, "X") || !buf_add_be(&b, j->number, 4) ||
        !buf_add_be(&b, (uint64_t)code, 1) || !buf_add_be(&b, current, 1) ||
        !serving_text(&b, said) ||
        packet_send(v->socket, b.data, b.len, fd, true) != 0)
        v->ended = true;
    sheaf_buf_free(&b);
}

/* ---- Processes ----------------------------------------------------------- */

/* The programs that it starts have bounds of their own. */
static bool
lower(struct rlimit *r, rlim_t most)
{
    if (r->rlim_cur > most)
        r->rlim_cur = most;
    return true;
}

static void
bound_all(void)
{
    struct rlimit r;

    if (getrlimit(RLIMIT_CPU, &r) == 0 && lower(&r, WORK_SECONDS))
        (void)setrlimit(RLIMIT_CPU, &r);
    if (getrlimit(RLIMIT_FSIZE, &r) == 0 && lower(&r, ANSWER_BYTES))
        (void)setrlimit(RLIMIT_FSIZE, &r);
    if (getrlimit(RLIMIT_CORE, &r) == 0 && lower(&r, 0))
        (void)setrlimit(RLIMIT_CORE, &r);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    if (getrlimit(RLIMIT_AS, &r) == 0 && lower(&r, MEMORY_MAX))
        (void)setrlimit(RLIMIT_AS, &r);
#endif
}

/* The question in a packet. False: there is none. */
static bool
read_question(struct sheaf_buf *packet, struct question *q)
{
    struct cursor c = cursor_over(packet->data, packet->len);

    (void)cursor_take(&c, 9); /* Q, number, archive */
    q->kind = (char)cursor_u8(&c);
    while (cursor_left(&c) != 0 && q->count < ANSWER_TEXTS) {
        size_t len = cursor_u16(&c);
        const uint8_t *text = cursor_take(&c, len);

        if (text == NULL || memchr(text, '\0', len) != NULL)
            return false;
        q->text[q->count] = strndup((const char *)text, len);
        if (q->text[q->count++] == NULL)
            return false;
    }
    if (cursor_left(&c) != 0)
        say("more than %d parameters", ANSWER_TEXTS);
    return cursor_done(&c);
}

/* In the process of its own. The message that counts is all that is left on
 * standard error. */
static int
work(struct serving *v, struct job *j)
{
    const struct served *s = &v->list->at[j->archive];
    struct question q = { .file = (char *)(uintptr_t)s->file,
                          .key = v->list->key_text,
                          .goes_on = v->list->keyed ? &s->signed_to : NULL };
    int null = open("/dev/null", O_RDONLY);
    int code = EXIT_USAGE;
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGXFSZ, SIG_IGN);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)setpgid(0, 0);
    close(v->socket);
    close(v->signals);
    bound_all();
    if (null < 0 || dup2(null, STDIN_FILENO) < 0 ||
        dup2(j->result.fd, STDOUT_FILENO) < 0 ||
        dup2(j->said.fd, STDERR_FILENO) < 0 || chdir(s->folder) != 0)
        return EXIT_FAILED;
    if (read_question(&j->packet, &q))
        code = answer(&q);
    for (size_t i = 0; i < q.count; i++)
        free(q.text[i]);
    if (ftruncate(STDERR_FILENO, 0) == 0)
        (void)!pwrite(STDERR_FILENO, last_said(), strlen(last_said()), 0);
    return code;
}

#define REPLACED "it was replaced by something that cannot be served"

static void
end_job(struct serving *v, struct job *j)
{
    struct job **at = &v->jobs;

    while (*at != j)
        at = &(*at)->next;
    *at = j->next;
    if (j->child != 0)
        v->running--;
    else
        v->waiting--;
    temp_close(&j->result);
    temp_close(&j->said);
    sheaf_buf_free(&j->packet);
    free(j);
}

static void
start_job(struct serving *v, struct job *j)
{
    const char *folder = temp_folder();
    struct sheaf_error err = { 0 };
    pid_t child = -1;

    /* Once more, if it was replaced just now. */
    if (!look_at(v, j->archive) && !look_at(v, j->archive)) {
        send_answer(v, j, EXIT_CORRUPT, false, sheaf_str(REPLACED), -1);
        end_job(v, j);
        return;
    }
    j->state = v->list->at[j->archive].state;
    j->since = now();
    if (temp_open(&j->result, folder, &err) == SHEAF_OK &&
        temp_open(&j->said, folder, &err) == SHEAF_OK)
        child = fork();
    if (child == 0)
        exit(work(v, j));
    if (child < 0) {
        send_answer(v, j, EXIT_FAILED, false,
                    sheaf_str("the server can start nothing just now"), -1);
        end_job(v, j);
        return;
    }
    (void)setpgid(child, child);
    j->child = child;
    v->waiting--;
    v->running++;
}

static void
start_some(struct serving *v)
{
    struct job *next;

    for (struct job *j = v->jobs;
         j != NULL && v->running < v->most && !v->ended; j = next) {
        next = j->next;
        if (j->child == 0)
            start_job(v, j);
    }
}

/* The exit code, and what was said; both come from a process that reads what
 * strangers wrote. */
static int
code_of(const struct job *j, int status, char said[513])
{
    ssize_t n = pread(j->said.fd, said, 512, 0);

    said[n > 0 ? n : 0] = '\0';
    if (WIFEXITED(status))
        return WEXITSTATUS(status);
    if (WTERMSIG(status) == SIGKILL || WTERMSIG(status) == SIGXCPU) {
        strcpy(said, "it takes too long; ask for less");
        return TOO_LONG;
    }
    strcpy(said, "it failed");
    return EXIT_FAILED;
}

static void
finish_job(struct serving *v, struct job *j, int status)
{
    char said[513];
    int code = code_of(j, status, said);
    const struct served *s = &v->list->at[j->archive];

    /* Whatever it has started ends with it. */
    (void)kill(-j->child, SIGKILL);
    if (!look_at(v, j->archive)) {
        code = EXIT_CORRUPT;
        strcpy(said, REPLACED);
    }
    send_answer(v, j, code, s->state == j->state, sheaf_str(said),
                code == EXIT_DONE ? j->result.fd : -1);
    end_job(v, j);
}

static void
reap(struct serving *v)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        struct job *j = v->jobs;

        while (j != NULL && j->child != pid)
            j = j->next;
        if (j != NULL)
            finish_job(v, j, status);
        if (pid == v->server) {
            say(SERVER " ended");
            v->server = 0;
            v->code = EXIT_FAILED;
            v->ended = true;
        }
    }
}

/* ---- The loop ------------------------------------------------------------ */

static void
take_question(struct serving *v, const uint8_t *packet, size_t len)
{
    struct cursor c = cursor_over(packet, len);
    uint8_t what = cursor_u8(&c);
    uint32_t number = cursor_u32(&c);
    uint32_t archive = cursor_u32(&c);
    struct job **end = &v->jobs;
    struct job *j = calloc(1, sizeof *j);

    if (j == NULL || what != 'Q' || c.bad || archive >= v->list->count ||
        v->waiting + v->running >= WAITING_MAX + RUNNING_MAX ||
        !buf_add(&j->packet, packet, len)) {
        say("a wrong question of " SERVER);
        free(j);
        v->code = EXIT_FAILED;
        v->ended = true;
        return;
    }
    j->number = number;
    j->archive = archive;
    j->result = j->said = (struct temp)TEMP_INIT;
    while (*end != NULL)
        end = &(*end)->next;
    *end = j;
    v->waiting++;
}

static void
hear(struct serving *v)
{
    static uint8_t packet[PACKET_MAX];
    size_t len;
    int fd;

    if (packet_take(v->socket, packet, sizeof packet, &len, &fd) != 0 ||
        len == 0) {
        v->ended = true;
        return;
    }
    if (fd >= 0)
        close(fd);
    take_question(v, packet, len);
}

static void
heed_signal(struct serving *v)
{
    struct signalfd_siginfo s;

    if (read(v->signals, &s, sizeof s) != sizeof s)
        return;
    if (s.ssi_signo == SIGCHLD)
        reap(v);
    else
        v->ended = true;
}

static void
every_second(struct serving *v)
{
    time_t t = now();

    for (size_t i = 0; i < v->list->count && !v->ended; i++)
        (void)look_at(v, i);
    for (struct job *j = v->jobs; j != NULL; j = j->next)
        if (j->child != 0 && t - j->since > ANSWER_SECONDS)
            (void)kill(-j->child, SIGKILL);
}

/* The program ends when its socket does. */
static void
stop(struct serving *v)
{
    close(v->socket);
    while (v->jobs != NULL) {
        struct job *j = v->jobs;

        if (j->child != 0) {
            (void)kill(-j->child, SIGKILL);
            (void)waitpid(j->child, NULL, 0);
        }
        end_job(v, j);
    }
    if (v->server != 0 && child_wait(&v->server) != 0 &&
        v->code == EXIT_DONE) {
        say(SERVER " ended");
        v->code = EXIT_FAILED;
    }
}

int
serving_run(struct served_list *list, int socket, pid_t server, int signals)
{
    struct serving v = {
        .list = list, .socket = socket, .signals = signals, .server = server
    };
    struct pollfd fds[] = { { .fd = signals, .events = POLLIN },
                            { .fd = socket, .events = POLLIN } };
    time_t looked = now();

    (void)parse_jobs(NULL, &v.most);
    if (v.most > RUNNING_MAX)
        v.most = RUNNING_MAX;
    if (v.most < 2)
        v.most = 2;
    while (!v.ended) {
        if (poll(fds, COUNT_OF(fds), 1000) < 0 && errno != EINTR)
            break;
        if (fds[0].revents != 0)
            heed_signal(&v);
        if (fds[1].revents != 0 && !v.ended)
            hear(&v);
        if (now() != looked && !v.ended) {
            looked = now();
            every_second(&v);
        }
        start_some(&v);
    }
    /* If the program ended by itself, its end says so. */
    reap(&v);
    stop(&v);
    return v.code;
}
