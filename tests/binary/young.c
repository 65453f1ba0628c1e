/* Asks young.c for memory at random, and sees that nobody else writes into what it got. */
#include "../../binary/snapshot/young.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCKS = 500, MOST = 20000, UNIT = 16, OWN = 64 << 10 };

static struct {
    unsigned char *content;
    size_t size;
    unsigned char mark;
} blocks[BLOCKS];

static char memory[OWN] __attribute__((aligned(UNIT)));

static void die(const char *why, int block)
{
    printf("%s: %zu bytes\n", why, blocks[block].size);
    exit(1);
}

/* Small sizes are what there is most of; now and then one at a list's border. */
static size_t size_at_random(void)
{
    size_t most = (size_t[]){40, 600, MOST}[random() % 3];
    return random() % 4 ? random() % most : ((size_t)UNIT << random() % 10) + random() % 20 - 10;
}

static void see(int block, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (blocks[block].content[i] != blocks[block].mark)
            die("somebody else has written into it", block);
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
        blocks[block].content = young_get(size);
        mark(block, size);
        return;
    }
    see(block, had);
    if (random() % 2) {
        blocks[block].content = young_change(blocks[block].content, size);
        see(block, size < had ? size : had);
        mark(block, size);
    } else {
        young_give_back(blocks[block].content);
        blocks[block].content = NULL;
    }
}

int main(int argc, char **argv)
{
    srandom(atoi(argv[1]));
    young_open(memory, OWN);
    for (int i = 0; i < 200000; i++)
        step();
    if (young_get(SIZE_MAX) || young_get(SIZE_MAX / 2))
        die("there cannot be so much", 0);
    puts("well");
    return 0;
}
