/* Pages are found by their faults: all are forbidden, and a handler records each fault and allows the
   page. */
#include "page_profile.h"

#include <elf.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, MAX_PAGES = 1 << 19, MAX_RANGES = 128, POPULATE_WRITE = 23, MAX_SECONDS = 60 };

struct range {
    char *start;
    size_t size;
};

extern const Elf64_Ehdr __ehdr_start;
/* By section_order.py: they enclose what it has placed. What runs while pages are recorded is outside. */
extern char first_text[], first_text_end[], first_rodata[], first_rodata_end[], first_bss_end[];

static int is_recording;
static struct range ranges[USERS][MAX_RANGES];

/* The first user of each page from address 0 on, and the first that wrote to it. The recording process
   shares this memory. Its address is constant, because a variable could be on a forbidden page. */
static struct pages {
    unsigned char first_user[MAX_PAGES];
    unsigned char first_writer[MAX_PAGES];
    unsigned char user;
} *const pages = (void *)0x100000000;

void prefault(enum user user)
{
    if (is_recording) {
        pages->user = 1 + user;
        return;
    }
    for (struct range *range = ranges[user]; range->size; range++)
        madvise(range->start, range->size, POPULATE_WRITE);
}

const char *first_writable_page(void)
{
    const char *headers = (const char *)&__ehdr_start + __ehdr_start.e_phoff;
    const Elf64_Phdr *segment = (const Elf64_Phdr *)headers;

    while (segment->p_type != PT_LOAD || !(segment->p_flags & PF_W))
        segment++;
    return (const char *)(segment->p_vaddr & -PAGE);
}

/* If pages can have several sizes, musl's mprotect() reads the size from a page that is forbidden. */
#ifdef __aarch64__
#define protect(start, size, rights) syscall(SYS_mprotect, start, size, rights)
#else
#define protect mprotect
#endif

static void record_and_allow(int number, siginfo_t *fault, void *context)
{
    uintptr_t page = (uintptr_t)fault->si_addr / PAGE;

    if (page >= MAX_PAGES)
        _exit(1);
    int rights = PROT_READ;
    if (page >= (uintptr_t)first_text / PAGE && page < (uintptr_t)first_text_end / PAGE)
        rights |= PROT_EXEC;
    else if (pages->first_user[page])
        rights |= PROT_WRITE;
    if (!pages->first_user[page])
        pages->first_user[page] = pages->user;
    if (rights & PROT_WRITE)
        pages->first_writer[page] = pages->user;
    if (protect((void *)(page * PAGE), PAGE, rights) != 0)
        _exit(1);
}

/* A snapshot without these lists would only be slower, but it would be another snapshot. */
static void end_if(int has_failed, const char *what)
{
    if (has_failed) {
        perror(what);
        _exit(1);
    }
}

static void forbid(const char *start, const char *end)
{
    end = (const char *)((uintptr_t)end & -PAGE);
    end_if(mprotect((void *)start, end - start, PROT_NONE), "to forbid all pages");
}

static void forbid_all(const char *end, int is_profiling)
{
    struct sigaction action = {.sa_sigaction = record_and_allow, .sa_flags = SA_SIGINFO | SA_NODEFER};

    end_if(sigaction(SIGSEGV, &action, NULL), "SIGSEGV");
    /* Neither libc's code nor its zero-initialized variables: libc writes to them while signals are
       blocked, and a fault would then be fatal. It does not do so with those in .data. */
    if (is_profiling) {
        forbid(first_text, first_text_end);
        forbid(first_rodata, first_rodata_end);
    }
    forbid(first_writable_page(), first_bss_end);
    forbid(heap, end);
}

/* For a start, a page that is only read is not worth a copy to avoid its fault. */
static int is_for(enum user user, uintptr_t page)
{
    unsigned char first = pages->first_writer[page];

    if (!first && pages->first_user[page] == 1 + WAIT)
        first = 1 + WAIT;
    return first == 1 + user;
}

static void list(enum user user)
{
    struct range *range = ranges[user];

    for (uintptr_t page = 0; page < MAX_PAGES; page++) {
        char *start = (char *)(page * PAGE);
        if (!is_for(user, page))
            continue;
        if (range->size && range->start + range->size == start) {
            range->size += PAGE;
            continue;
        }
        range += range->size != 0;
        /* The last one is the end of the list. */
        end_if(range == ranges[user] + MAX_RANGES - 1, "a list of so many pages");
        *range = (struct range){start, PAGE};
    }
}

void page_profile_record(const char *end, void (*use)(void), int is_profiling)
{
    int status;

    void *shared = mmap(pages, sizeof *pages, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    end_if(shared == MAP_FAILED, "a list of pages");
    pages->user = 1 + START;
    pid_t child = fork();
    end_if(child < 0, "to record the pages in a process of its own");
    if (child == 0) {
        /* untilup handles SIGTERM and the other termination signals. */
        alarm(MAX_SECONDS);
        is_recording = 1;
        forbid_all(end, is_profiling);
        use();
        _exit(0);
    }
    end_if(waitpid(child, &status, 0) < 0 || status != 0, "recording the pages has failed");
}

void page_profile_list(void)
{
    for (enum user user = START; user < USERS; user++)
        list(user);
    munmap(pages, sizeof *pages);
}

void page_profile_write_places(const char *path)
{
    FILE *file = fopen(path, "w");

    end_if(!file, path);
    for (const char *page = NULL; page < heap; page += PAGE)
        putc(page_profile_place(page), file);
    end_if(fclose(file), path);
}

enum place page_profile_place(const char *page)
{
    uintptr_t number = (uintptr_t)page / PAGE;

    if (pages->first_writer[number] == 1 + START)
        return START_WRITES;
    if (pages->first_user[number] == 1 + START)
        return START_READS;
    return pages->first_user[number] ? WAIT_USES : REST;
}
