/* Until it is closed, all memory is taken from one array at a fixed address, which the snapshot
   keeps. Then musl's malloc takes over, of whose state nothing is in the snapshot: it has not been
   used before (image.py sees to that). */
#define Py_BUILD_CORE 1
#include "heap.h"

#include <Python.h>
#include <internal/pycore_interp.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

enum {
    MOST = 64 << 20,
    PAGE = 4096,
    /* With a page that is read the kernel maps those around it, in windows of so many bytes. How
       much a wait has in memory is left to chance if the heap begins anywhere in one; of the places
       that were measured here it was least. */
    WINDOW = 16 * PAGE,
    BEGINNING = 12 * PAGE,
};

/* Under these names musl keeps what it has itself callable where a program has malloc. */
void *__libc_malloc_impl(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *content, size_t size);
void __libc_free(void *content);

struct block {
    size_t size;
    struct block *next_free;
    char content[];
};

enum { UNIT = sizeof(struct block), SIZES = 4096 };

/* COMMON, which the linker puts behind all else that is writable: what is not used of it is not
   in the snapshot. */
char heap[MOST] __attribute__((aligned(PAGE)));

static size_t used;
static int is_closed;
/* By their size, in units; the last list has all that are larger. */
static struct block *free_blocks[SIZES];

static void *take(size_t size, size_t alignment)
{
    if (!used)
        used = BEGINNING + (-(uintptr_t)heap & (WINDOW - 1));
    size_t start = used + (-(uintptr_t)(heap + used) & (alignment - 1));
    if (start > MOST || size > MOST - start)
        return NULL;
    used = start + size;
    return heap + start;
}

static int is_kept(const void *content)
{
    return (const char *)content >= heap && (const char *)content < heap + used;
}

static struct block *block_of(void *content)
{
    return (struct block *)((char *)content - offsetof(struct block, content));
}

static struct block **list_for(size_t size)
{
    return &free_blocks[size / UNIT < SIZES ? size / UNIT : SIZES - 1];
}

static void put(struct block *block, size_t size)
{
    struct block **list = list_for(size);

    *block = (struct block){size, *list};
    *list = block;
}

/* The smallest free block that has at least this size, or NULL. */
static struct block *best_fit(size_t size)
{
    for (struct block **list = list_for(size); list < free_blocks + SIZES; list++)
        for (struct block **at = list; *at; at = &(*at)->next_free)
            if ((*at)->size >= size) {
                struct block *block = *at;
                *at = block->next_free;
                return block;
            }
    return NULL;
}

/* What this returns is zero. */
static void *allocate(size_t size)
{
    if (size > MOST)
        return NULL;
    size = (size + UNIT - 1) / UNIT * UNIT;
    struct block *block = best_fit(size);
    if (!block) {
        block = take(sizeof *block + size, UNIT);
        if (!block)
            return NULL;
        block->size = size;
    } else if (block->size > size) {
        put((struct block *)(block->content + size), block->size - size - sizeof *block);
        block->size = size;
    }
    return block->content;
}

static void give_back(void *content)
{
    struct block *block = block_of(content);

    /* What it held is no business of the snapshot's. */
    memset(content, 0, block->size);
    put(block, block->size);
}

void *malloc(size_t size)
{
    return is_closed ? __libc_malloc_impl(size) : allocate(size);
}

void *calloc(size_t count, size_t size)
{
    size_t all;

    if (is_closed)
        return __libc_calloc(count, size);
    return __builtin_mul_overflow(count, size, &all) ? NULL : allocate(all);
}

void free(void *content)
{
    if (!is_kept(content))
        __libc_free(content);
    else if (!is_closed)
        give_back(content);
}

void *realloc(void *content, size_t size)
{
    if (!content)
        return malloc(size);
    if (!is_kept(content))
        return __libc_realloc(content, size);
    size_t had = block_of(content)->size;
    if (size <= had)
        return content;
    void *larger = malloc(size);
    if (larger) {
        memcpy(larger, content, had);
        free(content);
    }
    return larger;
}

static void *take_arena(void *context, size_t size)
{
    if (!is_closed)
        return take(size, POOL_SIZE);
    void *arena = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return arena == MAP_FAILED ? NULL : arena;
}

static void give_back_arena(void *context, void *arena, size_t size)
{
    if (!is_kept(arena))
        munmap(arena, size);
}

void heap_open(void)
{
    PyObjectArenaAllocator arenas = {NULL, take_arena, give_back_arena};
    PyObject_SetArenaAllocator(&arenas);
}

/* Pools of which nothing is used; the next user of one is to begin it anew. */
static void clean_pools(struct arena_object *arena)
{
    for (; arena; arena = arena->nextarena)
        for (struct pool_header *pool = arena->freepools; pool; pool = pool->nextpool) {
            pool->szidx = DUMMY_SIZE_IDX;
            memset((char *)pool + POOL_OVERHEAD, 0, POOL_SIZE - POOL_OVERHEAD);
        }
}

void heap_fill(void)
{
    struct pool_header **pools = PyInterpreterState_Get()->obmalloc->pools.used;

    for (size_t class = 0; class < NB_SMALL_SIZE_CLASSES; class++)
        /* As obmalloc sees that there is a pool with room for one more. */
        while (pools[2 * class] != pools[2 * class]->nextpool)
            memset(PyObject_Malloc(INDEX2SIZE(class)), 0, INDEX2SIZE(class));
    clean_pools(PyInterpreterState_Get()->obmalloc->mgmt.usable_arenas);
}

const char *heap_close(void)
{
    is_closed = 1;
    return heap + used;
}
