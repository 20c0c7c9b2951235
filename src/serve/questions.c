/*
 * questions.c - what the command is asked, and who waits for the answer.
 */
#include <stdlib.h>
#include <unistd.h>

#include "base/cursor.h"
#include "base/packet.h"
#include "serve/serve.h"

struct question {
    struct MHD_Connection *connection; /* NULL: this place is free */
    struct answer *answer;
    uint32_t number;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct question questions[QUESTIONS_MAX];
static uint32_t number;
static uint64_t sending; /* bytes of answers that are held */
static bool stopped;

static struct question *
free_place(void)
{
    for (size_t i = 0; i < QUESTIONS_MAX; i++)
        if (questions[i].connection == NULL)
            return &questions[i];
    return NULL;
}

static struct question *
numbered(uint32_t with)
{
    for (size_t i = 0; i < QUESTIONS_MAX; i++)
        if (questions[i].connection != NULL && questions[i].number == with)
            return &questions[i];
    return NULL;
}

static bool
send_question(const struct question *q, const struct route *route)
{
    struct sheaf_buf b = { 0 };
    bool sent = buf_add_str(&b, "Q") && buf_add_be(&b, q->number, 4) &&
                buf_add_be(&b, route->archive, 4) &&
                buf_add(&b, &route->kind, 1) &&
                buf_add(&b, route->texts.data, route->texts.len) &&
                packet_send(settings.socket, b.data, b.len, -1, false) == 0;

    sheaf_buf_free(&b);
    return sent;
}

bool
question_ask(struct MHD_Connection *connection, const struct route *route,
             struct answer *out)
{
    struct question *q;
    bool asked = false;

    *out = (struct answer){ .fd = -1 };
    pthread_mutex_lock(&lock);
    q = stopped ? NULL : free_place();
    if (q != NULL) {
        *q = (struct question){ connection, out, ++number };
        asked = send_question(q, route);
        /* The answer cannot be taken before the lock is free. */
        if (asked)
            MHD_suspend_connection(connection);
        else
            q->connection = NULL;
    }
    pthread_mutex_unlock(&lock);
    return asked;
}

/* With the lock. */
static void
resume(struct question *q)
{
    struct MHD_Connection *connection = q->connection;

    q->answer->come = true;
    q->connection = NULL;
    MHD_resume_connection(connection);
}

void
question_answered(struct sheaf_bytes packet, int fd)
{
    struct cursor c = cursor_over(packet.data, packet.len);
    uint32_t which = (uint32_t)cursor_be(&c, 4);
    uint8_t status = cursor_u8(&c);
    bool current = cursor_u8(&c) != 0;
    size_t len = (size_t)cursor_be(&c, 2);
    const uint8_t *said = cursor_take(&c, len);
    off_t size = fd >= 0 ? lseek(fd, 0, SEEK_END) : 0;
    struct question *q;

    pthread_mutex_lock(&lock);
    q = c.bad || size < 0 ? NULL : numbered(which);
    if (q != NULL && sending + (uint64_t)size > ANSWERS_MAX) {
        /* They are held for clients that take them slowly. */
        q->answer->status = -1;
        resume(q);
    } else if (q != NULL) {
        q->answer->status = status;
        q->answer->current = current;
        (void)buf_add(&q->answer->said, said, len);
        q->answer->fd = fd;
        q->answer->size = (uint64_t)size;
        sending += (uint64_t)size;
        fd = -1;
        resume(q);
    }
    pthread_mutex_unlock(&lock);
    if (fd >= 0)
        close(fd);
}

void
questions_stop(void)
{
    pthread_mutex_lock(&lock);
    stopped = true;
    for (size_t i = 0; i < QUESTIONS_MAX; i++)
        if (questions[i].connection != NULL) {
            questions[i].answer->status = -1;
            resume(&questions[i]);
        }
    pthread_mutex_unlock(&lock);
}

void
answer_end(struct answer *a)
{
    if (!a->come)
        return;
    pthread_mutex_lock(&lock);
    sending -= a->size;
    pthread_mutex_unlock(&lock);
    if (a->fd >= 0)
        close(a->fd);
    sheaf_buf_free(&a->said);
    *a = (struct answer){ .fd = -1 };
}
