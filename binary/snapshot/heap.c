/* Once the heap is closed, nursery.c serves Python, and musl's malloc serves all others. Nothing of
   musl's allocator is in the snapshot, because nothing has used it before (image.py checks that). */
#include "heap.h"

#include <Python.h>
#include <sys/mman.h>

#include "musl_malloc.h"
#include "nursery.h"
#include "snapshot_heap.h"

static int is_closed;

static void free_before_close(void *content)
{
    if (!is_closed)
        snapshot_heap_free(content);
}

void *malloc(size_t size)
{
    return is_closed ? __libc_malloc_impl(size) : snapshot_heap_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    size_t all;

    if (is_closed)
        return __libc_calloc(count, size);
    return __builtin_mul_overflow(count, size, &all) ? NULL : snapshot_heap_malloc(all);
}

void free(void *content)
{
    if (snapshot_heap_contains(content))
        free_before_close(content);
    else
        __libc_free(content);
}

void *realloc(void *content, size_t size)
{
    if (!content)
        return malloc(size);
    if (!snapshot_heap_contains(content))
        return __libc_realloc(content, size);
    return is_closed ? snapshot_heap_copy(content, malloc(size), size)
                     : snapshot_heap_realloc(content, size);
}

static void *python_malloc(void *context, size_t size)
{
    return is_closed ? nursery_malloc(size) : snapshot_heap_malloc(size);
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
    if (snapshot_heap_contains(content))
        free_before_close(content);
    else if (content)
        nursery_free(content);
}

static void *python_realloc(void *context, void *content, size_t size)
{
    if (!content)
        return python_malloc(context, size);
    if (!snapshot_heap_contains(content))
        return nursery_realloc(content, size);
    return is_closed ? snapshot_heap_copy(content, nursery_malloc(size), size)
                     : snapshot_heap_realloc(content, size);
}

/* Arenas do not come from nursery.c: CPython does not promise that the caller holds the GIL. */
static void *take_arena(void *context, size_t size)
{
    if (!is_closed)
        return snapshot_heap_malloc(size);
    void *arena = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return arena == MAP_FAILED ? NULL : arena;
}

static void give_back_arena(void *context, void *arena, size_t size)
{
    if (snapshot_heap_contains(arena))
        free_before_close(arena);
    else
        munmap(arena, size);
}

void heap_open(const char *places)
{
    PyMemAllocatorEx python = {NULL, python_malloc, python_calloc, python_realloc, python_free};
    PyObjectArenaAllocator arenas = {NULL, take_arena, give_back_arena};

    snapshot_heap_open(places);
    PyMem_SetAllocator(PYMEM_DOMAIN_MEM, &python);
    PyMem_SetAllocator(PYMEM_DOMAIN_OBJ, &python);
    PyObject_SetArenaAllocator(&arenas);
}

const char *heap_close(void)
{
    is_closed = 1;
    nursery_open(heap, BEFORE_BLOCKS);
    return snapshot_heap_close();
}
