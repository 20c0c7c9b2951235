/*
 * sandbox.c - the rights that the importer gives up before it reads any input.
 * sheaf-http gives up the same, but for connections. sheaf-serve gives up
 * reading files, too, and takes the connections that come.
 *
 * It may read what its user may read, because inputs are found while walking.
 * It cannot gain privileges, leaves no core file, and has limited memory.
 * Landlock, where the kernel has it, forbids changes to any file system.
 * seccomp forbids the system calls for that, too, and sockets, and running
 * programs. The forbidden calls are listed and all others allowed: the calls
 * that libraries use to read differ from one release to the next.
 */
#include "import/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__has_include)
#if __has_include(<linux/landlock.h>)
#include <linux/landlock.h>
#define HAVE_LANDLOCK 1
#endif
#endif

/* AddressSanitizer's own maps exceed any limit, and at the end it looks for
 * leaks from another process. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

/* What is left. */
enum rights { READS, CONNECTS, SERVES };

#ifdef HAVE_LANDLOCK
/* A ruleset without rules: what it handles is forbidden everywhere. On
 * kernels without Landlock, or with it switched off, nothing changes. */
static void
forbid_changes(enum rights rights)
{
    struct landlock_ruleset_attr rules = {
        .handled_access_fs =
            LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |
            LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
            LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |
            LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |
            LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
            LANDLOCK_ACCESS_FS_MAKE_SYM,
    };
    int fd;

#ifndef SANITIZED
    if (rights == SERVES)
        rules.handled_access_fs |= LANDLOCK_ACCESS_FS_READ_FILE |
                                   LANDLOCK_ACCESS_FS_READ_DIR;
#else
    (void)rights;
#endif
    fd = (int)syscall(SYS_landlock_create_ruleset, &rules, sizeof rules, 0);
    if (fd < 0)
        return;
    (void)syscall(SYS_landlock_restrict_self, fd, 0);
    close(fd);
}
#endif

static const int forbidden[] = {
    SCMP_SYS(listen), SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(fork),
    SCMP_SYS(vfork),
#ifndef SANITIZED
    SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv),
#endif
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(kill), SCMP_SYS(tkill), SCMP_SYS(pidfd_open),
    SCMP_SYS(pidfd_getfd), SCMP_SYS(creat), SCMP_SYS(truncate),
    SCMP_SYS(mkdir), SCMP_SYS(mkdirat), SCMP_SYS(rmdir), SCMP_SYS(mknod),
    SCMP_SYS(mknodat), SCMP_SYS(unlink), SCMP_SYS(unlinkat),
    SCMP_SYS(rename), SCMP_SYS(renameat), SCMP_SYS(renameat2),
    SCMP_SYS(link), SCMP_SYS(linkat), SCMP_SYS(symlink),
    SCMP_SYS(symlinkat), SCMP_SYS(chmod), SCMP_SYS(fchmod),
    SCMP_SYS(fchmodat), SCMP_SYS(chown), SCMP_SYS(fchown),
    SCMP_SYS(lchown), SCMP_SYS(fchownat), SCMP_SYS(setxattr),
    SCMP_SYS(lsetxattr), SCMP_SYS(fsetxattr), SCMP_SYS(removexattr),
    SCMP_SYS(lremovexattr), SCMP_SYS(fremovexattr), SCMP_SYS(utimensat),
    SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(unshare), SCMP_SYS(setns),
    SCMP_SYS(bpf), SCMP_SYS(keyctl), SCMP_SYS(add_key),
    SCMP_SYS(perf_event_open), SCMP_SYS(userfaultfd), SCMP_SYS(memfd_create),
    SCMP_SYS(shmget), SCMP_SYS(msgget), SCMP_SYS(mq_open),
};

/* What a client of a network needs. */
static const int connecting[] = {
    SCMP_SYS(socket), SCMP_SYS(socketpair), SCMP_SYS(connect), SCMP_SYS(bind),
};

/* What a server needs. */
static const int taking[] = { SCMP_SYS(accept), SCMP_SYS(accept4) };

/* What both need. */
static const int sending[] = {
    SCMP_SYS(sendto), SCMP_SYS(sendmsg), SCMP_SYS(sendmmsg),
};

#ifndef SANITIZED
/* What a server does not need that has all its descriptors. */
static const int opening[] = {
    SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(open_by_handle_at),
};
#endif

/* These calls could do the same unseen, because their arguments are in
 * memory or in a queue. They fail as calls that the kernel does not know. */
static const int unheard[] = {
    SCMP_SYS(openat2), SCMP_SYS(io_uring_setup), SCMP_SYS(clone3),
};

/* Forbids opening a file for writing or creating, by the flags in argument
 * `nth`. */
static int
forbid_opening(scmp_filter_ctx filter, int call, unsigned nth)
{
    const unsigned flags[] = { O_WRONLY, O_RDWR, O_CREAT, O_TRUNC };
    int rc = 0;

    for (size_t i = 0; i < COUNT_OF(flags) && rc == 0; i++)
        rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), call, 1,
                              SCMP_CMP(nth, SCMP_CMP_MASKED_EQ, flags[i],
                                       flags[i]));
    return rc;
}

static int
forbid_all(scmp_filter_ctx filter, int sys, const int *calls, size_t count)
{
    int rc = 0;

    for (size_t i = 0; i < count && rc == 0; i++)
        rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO((unsigned)sys), calls[i],
                              0);
    return rc;
}

static int
add_rules(scmp_filter_ctx filter, enum rights rights)
{
    int rc = forbid_all(filter, EACCES, forbidden, COUNT_OF(forbidden));

    if (rc == 0)
        rc = forbid_all(filter, ENOSYS, unheard, COUNT_OF(unheard));
    if (rc == 0 && rights != CONNECTS)
        rc = forbid_all(filter, EACCES, connecting, COUNT_OF(connecting));
    if (rc == 0 && rights != SERVES)
        rc = forbid_all(filter, EACCES, taking, COUNT_OF(taking));
    if (rc == 0 && rights == READS)
        rc = forbid_all(filter, EACCES, sending, COUNT_OF(sending));
    if (rc == 0)
        rc = forbid_opening(filter, SCMP_SYS(open), 1);
    if (rc == 0)
        rc = forbid_opening(filter, SCMP_SYS(openat), 2);
#ifndef SANITIZED
    if (rc == 0 && rights == SERVES)
        rc = forbid_all(filter, EACCES, opening, COUNT_OF(opening));
    /* Threads are allowed, processes are not. */
    if (rc == 0)
        rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES),
                              SCMP_SYS(clone), 1,
                              SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0));
#endif
    return rc;
}

static const char *
forbid_calls(enum rights rights)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    int rc;

    if (filter == NULL)
        return "seccomp does not start";
    /* What the kernel says, in the place of ECANCELED. */
    rc = seccomp_attr_set(filter, SCMP_FLTATR_API_SYSRAWRC, 1);
    if (rc == 0)
        rc = add_rules(filter, rights);
    if (rc == 0)
        rc = seccomp_load(filter);
    seccomp_release(filter);
    /* A kernel without seccomp is no reason to fail. */
    return rc == 0 || rc == -ENOSYS || rc == -EINVAL ? NULL : strerror(-rc);
}

/* A tighter bound that is there already stays. */
static bool
bound_memory(size_t memory)
{
#ifndef SANITIZED
    struct rlimit bound;

    if (getrlimit(RLIMIT_AS, &bound) != 0)
        return false;
    if (bound.rlim_max > memory)
        bound.rlim_max = memory;
    if (bound.rlim_cur > bound.rlim_max)
        bound.rlim_cur = bound.rlim_max;
    return setrlimit(RLIMIT_AS, &bound) == 0;
#else
    (void)memory;
    return true;
#endif
}

static const char *
shut(size_t memory, enum rights rights)
{
    const struct rlimit none = { 0, 0 };

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        setrlimit(RLIMIT_CORE, &none) != 0)
        return strerror(errno);
    if (!bound_memory(memory))
        return strerror(errno);
#ifdef HAVE_LANDLOCK
    forbid_changes(rights);
#endif
    return forbid_calls(rights);
}

const char *
sandbox_shut(size_t memory)
{
    return shut(memory, READS);
}

const char *
sandbox_shut_but_network(size_t memory)
{
    return shut(memory, CONNECTS);
}

const char *
sandbox_shut_but_serving(size_t memory)
{
    return shut(memory, SERVES);
}
