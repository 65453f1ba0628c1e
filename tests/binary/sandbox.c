/* Runs a program under a kernel that knows little: sandbox PROGRAM [ARG]...

   What is not listed here does not exist (ENOSYS); no personality may be set (EPERM); and madvise
   has no advice of Linux 5.14, to populate memory, as in gVisor (EINVAL). */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { POPULATE_READ = 22, POPULATE_WRITE = 23, NO_SANDBOX = 99, IS_OPEN = 98 };

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define RETURN(what) BPF_STMT(BPF_RET | BPF_K, what)
#define FAIL(number) RETURN(SECCOMP_RET_ERRNO | (number))
/* Do the next instruction only if what has been loaded is that. */
#define IF(value) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1)
#define ALLOW(name) IF(__NR_##name), RETURN(SECCOMP_RET_ALLOW)

static struct sock_filter rules[] = {
    LOAD(arch),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
    RETURN(SECCOMP_RET_KILL_PROCESS),
    LOAD(nr),
    IF(__NR_personality), FAIL(EPERM),
    /* Memory. */
    ALLOW(brk), ALLOW(mmap), ALLOW(mprotect), ALLOW(munmap), ALLOW(mremap),
    /* Threads and processes. */
    ALLOW(arch_prctl), ALLOW(clone), ALLOW(execve), ALLOW(exit), ALLOW(exit_group), ALLOW(futex),
    ALLOW(getpid), ALLOW(gettid), ALLOW(set_tid_address), ALLOW(wait4), ALLOW(getuid),
    ALLOW(geteuid), ALLOW(getgid), ALLOW(getegid),
    /* Signals. */
    ALLOW(rt_sigaction), ALLOW(rt_sigprocmask), ALLOW(rt_sigreturn), ALLOW(tkill), ALLOW(kill),
    /* Time and chance. */
    ALLOW(clock_gettime), ALLOW(clock_nanosleep), ALLOW(nanosleep), ALLOW(getrandom),
    /* Files. */
    ALLOW(open), ALLOW(close), ALLOW(read), ALLOW(write), ALLOW(writev), ALLOW(readv),
    ALLOW(lseek), ALLOW(stat), ALLOW(fstat), ALLOW(newfstatat), ALLOW(access), ALLOW(faccessat),
    ALLOW(fcntl), ALLOW(ioctl), ALLOW(ftruncate), ALLOW(poll), ALLOW(epoll_create1), ALLOW(pipe2),
    /* Sockets. */
    ALLOW(socket), ALLOW(connect), ALLOW(bind), ALLOW(getpeername), ALLOW(getsockname),
    ALLOW(getsockopt), ALLOW(setsockopt), ALLOW(recvfrom), ALLOW(recvmsg), ALLOW(sendto),
    ALLOW(sendmsg),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_madvise, 1, 0),
    FAIL(ENOSYS),
    LOAD(args[2]),
    IF(POPULATE_READ), FAIL(EINVAL),
    IF(POPULATE_WRITE), FAIL(EINVAL),
    RETURN(SECCOMP_RET_ALLOW),
};

static int refuses(int error, long result)
{
    return result == -1 && errno == error;
}

static int is_closed(void)
{
    return refuses(EINVAL, syscall(__NR_madvise, &rules, 0, POPULATE_WRITE)) &&
           refuses(ENOSYS, syscall(__NR_pwritev2, 2, NULL, 0, 0, 0, 0)) &&
           refuses(ENOSYS, syscall(__NR_faccessat2, 0, "/", 0, 0)) &&
           refuses(ENOSYS, syscall(__NR_clone3, NULL, 0)) &&
           refuses(EPERM, syscall(__NR_personality, 0));
}

int main(int argc, char **argv)
{
    struct sock_fprog program = {sizeof rules / sizeof *rules, rules};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
        perror("seccomp");
        return NO_SANDBOX;
    }
    if (!is_closed()) {
        fputs("what is absent is there\n", stderr);
        return IS_OPEN;
    }
    execv(argv[1], argv + 1);
    perror(argv[1]);
    return 126;
}
