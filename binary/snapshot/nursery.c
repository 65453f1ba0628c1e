/* A start makes a few thousand small objects and ends. They are adjacent, whatever their size,
   in memory that is mapped at once. obmalloc has pools of 16 KiB for each size and would touch a page
   or two of each; a page costs as much as making fifty objects.

   Freed blocks are used again for blocks of the same size, and never returned to the system: the peak
   of each size is kept. Blocks that are too large for a list come from musl directly: heap.c, which
   interposes malloc(), is built on the nursery, and not the other way round. */
#include "nursery.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "musl_malloc.h"

enum {
    UNIT = 16,
    /* Up to this size there is a list for each size; above it, for each power of two. */
    MAX_EXACT = 512,
    EXACT = MAX_EXACT / UNIT,
    /* Has room for what a check reads at once. Larger blocks are musl's. */
    MAX_SIZE = MAX_EXACT << 4,
    LARGE = EXACT + 4,
    MORE = 256 << 10,
};

/* The content is aligned as C requires; the header is before it. */
struct block {
    uint64_t list;
    struct block *next;
};

enum { HEADER = offsetof(struct block, next) };

static struct block *given_back[LARGE];
static char *fresh, *end;

void nursery_open(char *memory, size_t size)
{
    fresh = memory + UNIT - HEADER;
    end = memory + size;
}

static unsigned list_for(size_t size)
{
    if (size > MAX_SIZE - HEADER)
        return LARGE;
    size += HEADER;
    if (size <= MAX_EXACT)
        return (size - 1) / UNIT;
    return EXACT + __builtin_clzl(MAX_EXACT) - __builtin_clzl(size - 1);
}

static size_t size_of(unsigned list)
{
    return list < EXACT ? (list + 1) * UNIT : (size_t)MAX_EXACT << (list - EXACT + 1);
}

static struct block *block_of(void *content)
{
    return (struct block *)((char *)content - HEADER);
}

static void *content_of(struct block *block, unsigned list)
{
    block->list = list;
    return &block->next;
}

static struct block *fresh_block(size_t size)
{
    if (size > (size_t)(end - fresh)) {
        char *more = mmap(NULL, MORE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (more == MAP_FAILED)
            return NULL;
        nursery_open(more, MORE);
    }
    struct block *block = (struct block *)fresh;
    fresh += size;
    return block;
}

/* A large block is musl's, with room for a header. */
static void *large(char *start)
{
    return start ? content_of((struct block *)(start + UNIT - HEADER), LARGE) : NULL;
}

void *nursery_malloc(size_t size)
{
    unsigned list = list_for(size);

    if (list == LARGE)
        return size <= PTRDIFF_MAX ? large(__libc_malloc_impl(size + UNIT)) : NULL;
    struct block *block = given_back[list];
    if (block)
        given_back[list] = block->next;
    else
        block = fresh_block(size_of(list));
    return block ? content_of(block, list) : NULL;
}

void nursery_free(void *content)
{
    struct block *block = block_of(content);

    if (block->list == LARGE) {
        __libc_free((char *)content - UNIT);
        return;
    }
    block->next = given_back[block->list];
    given_back[block->list] = block;
}

void *nursery_realloc(void *content, size_t size)
{
    unsigned had = block_of(content)->list;
    unsigned list = list_for(size);

    if (had == LARGE && list == LARGE)
        return size <= PTRDIFF_MAX ? large(__libc_realloc((char *)content - UNIT, size + UNIT)) : NULL;
    if (had == list)
        return content;
    void *other = nursery_malloc(size);
    if (other) {
        size_t most = had == LARGE ? size : size_of(had) - HEADER;
        memcpy(other, content, most < size ? most : size);
        nursery_free(content);
    }
    return other;
}
