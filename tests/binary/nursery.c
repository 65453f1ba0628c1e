/* Asks nursery.c for memory at random, and checks that blocks never overlap. */
#include "../../binary/snapshot/nursery.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

enum {
    BLOCKS = 500,
    MAX_BLOCK = 20000,
    UNIT = 16,
    PAGE = 4096,
    OWN = 4 * PAGE,
    STEPS = 50000,
    /* Several times what the blocks take at any time, and a fraction of all requests together. */
    ENOUGH = 16 << 20,
};

static struct {
    unsigned char *content;
    size_t size;
    unsigned char mark;
} blocks[BLOCKS];

static void die(const char *why, int block)
{
    printf("%s: %zu bytes\n", why, blocks[block].size);
    exit(1);
}

/* Mostly small sizes; now and then one at a list's border. */
static size_t size_at_random(void)
{
    size_t most = (size_t[]){40, 600, MAX_BLOCK}[random() % 3];
    return random() % 4 ? random() % most : ((size_t)UNIT << random() % 10) + random() % 20 - 10;
}

static void see(int block, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (blocks[block].content[i] != blocks[block].mark)
            die("another block has overwritten it", block);
}

static void mark(int block, size_t size)
{
    if (!blocks[block].content)
        die("there is no memory", block);
    if ((uintptr_t)blocks[block].content % UNIT)
        die("it is not aligned", block);
    blocks[block].size = size;
    blocks[block].mark = random();
    memset(blocks[block].content, blocks[block].mark, size);
}

static void step(void)
{
    int block = random() % BLOCKS;
    size_t size = size_at_random(), had = blocks[block].size;

    if (!blocks[block].content) {
        blocks[block].content = nursery_malloc(size);
        mark(block, size);
        return;
    }
    see(block, had);
    if (random() % 2) {
        blocks[block].content = nursery_realloc(blocks[block].content, size);
        see(block, size < had ? size : had);
        mark(block, size);
    } else {
        nursery_free(blocks[block].content);
        blocks[block].content = NULL;
    }
}

static void limit_memory(void)
{
    struct rlimit limit = {ENOUGH, ENOUGH};

    if (setrlimit(RLIMIT_DATA, &limit) != 0)
        die("memory cannot be limited", 0);
}

/* The memory that is used first ends at a page that is write-protected. */
static void open_guarded(void)
{
    char *memory = mmap(NULL, OWN + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED || mprotect(memory + OWN, PAGE, PROT_NONE) != 0)
        die("there is no page to guard it", 0);
    nursery_open(memory, OWN);
}

/* Take more than there is room for, and fill each block to its end. */
static void go_beyond_the_end(size_t size)
{
    open_guarded();
    for (size_t taken = 0; taken <= OWN; taken += size) {
        blocks[0].content = nursery_malloc(size);
        mark(0, size);
    }
    blocks[0].content = NULL;
}

static void see_that_there_can_be_no_more(void)
{
    if (nursery_malloc(SIZE_MAX) || nursery_malloc(SIZE_MAX / 2))
        die("there cannot be so much", 0);
    for (int block = 0; block < BLOCKS; block++)
        if (blocks[block].content) {
            if (nursery_realloc(blocks[block].content, SIZE_MAX) ||
                nursery_realloc(blocks[block].content, ENOUGH))
                die("there cannot be so much", block);
            see(block, blocks[block].size);
        }
    for (size_t size = MAX_BLOCK; size; size /= 2)
        while (nursery_malloc(size))
            ;
}

int main(int argc, char **argv)
{
    static char buffer[BUFSIZ];

    /* At the end there is no memory left for it. */
    setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
    srandom(atoi(argv[1]));
    limit_memory();
    for (size_t room = UNIT; room < MAX_BLOCK; room *= 2)
        go_beyond_the_end(room - UNIT / 2);
    for (int i = 0; i < STEPS; i++)
        step();
    see_that_there_can_be_no_more();
    puts("well");
    return 0;
}
