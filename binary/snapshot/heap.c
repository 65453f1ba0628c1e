/* Once closed, musl's malloc takes over, of whose state nothing is in the snapshot: it has not been
   used before (image.py sees to that); and young.c for what Python makes. */
#include "heap.h"

#include <Python.h>
#include <sys/mman.h>

#include "blocks.h"
#include "young.h"

/* Under these names musl keeps what it has itself callable where a program has malloc. */
void *__libc_malloc_impl(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *content, size_t size);
void __libc_free(void *content);

static int is_closed;

static void give_back(void *content)
{
    if (!is_closed)
        blocks_give_back(content);
}

void *malloc(size_t size)
{
    return is_closed ? __libc_malloc_impl(size) : blocks_get(size);
}

void *calloc(size_t count, size_t size)
{
    size_t all;

    if (is_closed)
        return __libc_calloc(count, size);
    return __builtin_mul_overflow(count, size, &all) ? NULL : blocks_get(all);
}

void free(void *content)
{
    if (blocks_have(content))
        give_back(content);
    else
        __libc_free(content);
}

void *realloc(void *content, size_t size)
{
    if (!content)
        return malloc(size);
    if (!blocks_have(content))
        return __libc_realloc(content, size);
    return is_closed ? blocks_copy(content, malloc(size), size) : blocks_change(content, size);
}

static void *python_malloc(void *context, size_t size)
{
    return is_closed ? young_get(size) : blocks_get(size);
}

static void *python_calloc(void *context, size_t count, size_t size)
{
    size_t all;

    if (__builtin_mul_overflow(count, size, &all))
        return NULL;
    void *content = python_malloc(context, all);
    return content ? memset(content, 0, all) : NULL;
}

static void python_free(void *context, void *content)
{
    if (blocks_have(content))
        give_back(content);
    else if (content)
        young_give_back(content);
}

static void *python_realloc(void *context, void *content, size_t size)
{
    if (!content)
        return python_malloc(context, size);
    if (!blocks_have(content))
        return young_change(content, size);
    return is_closed ? blocks_copy(content, young_get(size), size) : blocks_change(content, size);
}

/* Of these nobody says that whoever asks has the GIL, so they are none of young.c's business. */
static void *take_arena(void *context, size_t size)
{
    if (!is_closed)
        return blocks_get(size);
    void *arena = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return arena == MAP_FAILED ? NULL : arena;
}

static void give_back_arena(void *context, void *arena, size_t size)
{
    if (blocks_have(arena))
        give_back(arena);
    else
        munmap(arena, size);
}

void heap_open(const char *places)
{
    PyMemAllocatorEx python = {NULL, python_malloc, python_calloc, python_realloc, python_free};
    PyObjectArenaAllocator arenas = {NULL, take_arena, give_back_arena};

    blocks_open(places);
    PyMem_SetAllocator(PYMEM_DOMAIN_MEM, &python);
    PyMem_SetAllocator(PYMEM_DOMAIN_OBJ, &python);
    PyObject_SetArenaAllocator(&arenas);
}

const char *heap_close(void)
{
    is_closed = 1;
    young_open(heap, BEFORE_BLOCKS);
    return blocks_close();
}
