/*
 * The importer's sandbox: after sandbox_shut it can read and write open files,
 * and nothing else. That of sheaf-http: it can also make connections. That of
 * sheaf-serve: it can take them, and open no file.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "import/sandbox.h"
#include "tap.h"

#define MEMORY ((size_t)1 << 30)

static char folder[] = "/tmp/t_import_sandbox.XXXXXX";

/* What is left. */
enum kind { READS, CONNECTS, SERVES };
static int listener;

static void
refused(long result, const char *what)
{
    ok(result < 0, "refused: %s (%s)", what,
       result < 0 ? strerror(errno) : "done");
}

static void
try_files(void)
{
    struct { uint64_t flags, mode, resolve; } how = { O_WRONLY, 0, 0 };

    refused(open("file", O_WRONLY), "to open a file for writing");
    refused(open("file", O_RDWR), "to open it for both");
    refused(open("file", O_RDONLY | O_TRUNC), "to truncate it by opening it");
    refused(open("new", O_RDONLY | O_CREAT, 0600), "to make a file");
    refused(open(".", O_TMPFILE | O_RDWR, 0600), "a temporary one");
    refused(creat("new", 0600), "creat");
    refused(syscall(SYS_openat2, AT_FDCWD, "file", &how, sizeof how),
            "openat2");
    refused(truncate("file", 0), "truncate");
    refused(unlink("file"), "unlink");
    refused(rename("file", "new"), "rename");
    refused(link("file", "new"), "link");
    refused(symlink("file", "new"), "symlink");
    refused(mkdir("new", 0700), "mkdir");
    refused(chmod("file", 0777), "chmod");
}

static void
try_connections(enum kind kind)
{
    int ends[2], fd = socket(AF_INET, SOCK_STREAM, 0);

    if (kind == SERVES) {
        struct sockaddr_in here = { .sin_family = AF_INET };

        fd = accept(listener, NULL, NULL);
        ok(fd < 0 && errno == EAGAIN, "allowed: to take a connection");
        refused(connect(listener, (struct sockaddr *)&here, sizeof here),
                "to make one");
        ok(errno == EACCES, "because of the sandbox");
        refused(listen(listener, 1), "to wait at another place");
    }
    if (kind != CONNECTS) {
        refused(fd, "a socket");
        refused(socket(AF_UNIX, SOCK_STREAM, 0), "a local one");
        refused(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "a pair of them");
        return;
    }
    ok(fd >= 0, "allowed: a socket");
    ok(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "allowed: a pair");
    refused(listen(fd, 1), "to wait for others");
}

static void
try_others(void)
{
    struct io_uring_params params = { .flags = 0 };
    char *const argv[] = { (char *)(uintptr_t)"true", NULL };
    pid_t child;
    void *volatile memory;

    refused(execv("/bin/true", argv), "to run a program");
    refused(syscall(SYS_io_uring_setup, 8, &params), "io_uring");
    refused(syscall(SYS_pidfd_open, getppid(), 0), "another process");
    refused(kill(getppid(), 0), "a signal to it");
#ifndef __SANITIZE_ADDRESS__
    child = fork();
    if (child == 0)
        _exit(0);
    refused(child, "a process of its own");
    /* volatile, as clang takes away an allocation that is not used. */
    memory = malloc(2 * MEMORY);
    ok(memory == NULL, "refused: memory over the bound");
    free(memory);
#else
    (void)child;
    (void)memory;
#endif
}

static void *
set_true(void *arg)
{
    *(bool *)arg = true;
    return NULL;
}

static void
try_allowed(int out, enum kind kind)
{
    pthread_t thread;
    bool ran = false;
    char text[5];
    int fd = open("file", O_RDONLY);

#ifndef __SANITIZE_ADDRESS__
    if (kind == SERVES) {
        refused(fd, "to open a file");
        refused(open("/etc/passwd", O_RDONLY), "any file");
        refused(open(".", O_RDONLY | O_DIRECTORY), "a folder");
    } else
#else
    (void)kind;
#endif
        ok(fd >= 0 && read(fd, text, 5) == 5 && memcmp(text, "bytes", 5) == 0,
           "allowed: to read");
    ok(write(out, "more", 4) == 4, "allowed: to write to what was open");
    if (pthread_create(&thread, NULL, set_true, &ran) == 0)
        pthread_join(thread, NULL);
    ok(ran, "allowed: a thread");
    close(fd);
}

/* In a process of its own: what is shut in can't tidy up. */
static bool
try_all(int fd, enum kind kind)
{
    int status;
    pid_t child = fork();

    if (child == 0) {
        const char *why = kind == CONNECTS ? sandbox_shut_but_network(MEMORY)
                          : kind == SERVES ? sandbox_shut_but_serving(MEMORY)
                                           : sandbox_shut(MEMORY);

        ok(why == NULL, "it shuts%s",
           kind == CONNECTS ? ", but for connections"
           : kind == SERVES ? ", but for clients"
                            : "");
        try_files();
        try_connections(kind);
        try_others();
        try_allowed(fd, kind);
        fflush(stdout);
        _exit(tap_failed != 0 ? 255 : tap_count);
    }
    if (child < 0 || waitpid(child, &status, 0) != child)
        return false;
    tap_count = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    return WIFEXITED(status) && WEXITSTATUS(status) != 255;
}

int
main(void)
{
    bool good;
    int fd;

    if (mkdtemp(folder) == NULL || chdir(folder) != 0)
        return 2;
    fd = open("file", O_WRONLY | O_CREAT, 0600);
    if (fd < 0 || write(fd, "bytes", 5) != 5)
        return 2;
    fflush(stdout);
    listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (listener < 0 || listen(listener, 1) != 0)
        return 2;
    good = try_all(fd, READS);
    good = good && try_all(fd, CONNECTS);
    good = good && try_all(fd, SERVES);
    printf("1..%d\n", tap_count);
    close(fd);
    if (unlink("file") != 0 || chdir("/") != 0 || rmdir(folder) != 0)
        return 2;
    return !good;
}
