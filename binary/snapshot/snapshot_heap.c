/* Blocks have no headers, which would be touched with them. The bookkeeping is separate from the blocks
   and is forgotten when the heap is closed. */
#include "snapshot_heap.h"

#include <Python.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* A freed block, in its own memory. */
struct hole {
    size_t size;
    struct hole *next;
};

enum {
    MAX_HEAP = 1 << 30,
    MAX_BLOCKS = 1 << 24,
    PAGE = 4096,
    UNIT = sizeof(struct hole),
    SIZES = 4096,
    /* Of larger blocks only some pages are used, which page_profile.c finds. */
    MAX_TO_PLACE = 4 * PAGE,
};

/* COMMON: the linker puts it after all other writable data, and its unused part is not in the
   snapshot. */
char heap[MAX_HEAP] __attribute__((aligned(PAGE)));

static size_t used = BEFORE_BLOCKS;

static struct building {
    int is_profiling;
    /* Where the next block of a place is put, and where the place ends. */
    char *next[PLACES], *end[PLACES];
    /* By their size, in units; the last list has all that are larger. */
    struct hole *holes[SIZES];
    /* Of the block that begins at a unit. */
    uint32_t sizes[MAX_HEAP / UNIT];
    /* The number of the block that has a page, where each has its own. */
    uint32_t numbers[MAX_HEAP / PAGE];
    uint32_t count;
    unsigned char places[MAX_BLOCKS];
} *building;

static size_t rounded(size_t size, size_t unit)
{
    return (size + unit - 1) & -unit;
}

static uint32_t *size_of(const void *content)
{
    return &building->sizes[((const char *)content - heap) / UNIT];
}

static struct hole **list_for(size_t size)
{
    return &building->holes[size / UNIT < SIZES ? size / UNIT : SIZES - 1];
}

static void leave_hole(void *content, size_t size)
{
    struct hole *hole = content;
    struct hole **list = list_for(size);

    *hole = (struct hole){size, *list};
    *list = hole;
}

/* The smallest hole that has at least this size, or NULL. */
static struct hole **best_fit(size_t size)
{
    for (struct hole **list = list_for(size); list < building->holes + SIZES; list++)
        for (struct hole **at = list; *at; at = &(*at)->next)
            if ((*at)->size >= size)
                return at;
    return NULL;
}

static void *fill_hole(size_t size)
{
    struct hole **at = best_fit(size);

    if (!at)
        return NULL;
    struct hole *hole = *at;
    size_t rest = hole->size - size;
    *at = hole->next;
    *hole = (struct hole){0};
    if (rest)
        leave_hole((char *)hole + size, rest);
    return hole;
}

static void *behind_all(size_t size)
{
    if (size > MAX_HEAP - used)
        return NULL;
    used += size;
    return heap + used - size;
}

static void *in_place(enum place place, size_t size)
{
    char *content = building->next[place];

    if ((size_t)(building->end[place] - content) < size)
        return NULL;
    building->next[place] += size;
    return content;
}

static void own_pages(uint32_t number, const char *content, size_t size)
{
    for (size_t page = 0; page < size / PAGE; page++)
        building->numbers[(content - heap) / PAGE + page] = number;
}

void *snapshot_heap_malloc(size_t size)
{
    uint32_t number = building->count++;
    void *content = NULL;

    if (size > MAX_HEAP || number >= MAX_BLOCKS)
        return NULL;
    size = size ? rounded(size, UNIT) : UNIT;
    size_t whole = building->is_profiling ? rounded(size, PAGE) : size;
    if (building->places[number] < REST)
        content = in_place(building->places[number], size);
    if (!content)
        content = fill_hole(whole);
    if (!content)
        content = behind_all(whole);
    if (!content)
        return NULL;
    if (building->is_profiling)
        own_pages(number, content, whole);
    *size_of(content) = size;
    return content;
}

void snapshot_heap_free(void *content)
{
    size_t size = *size_of(content);

    /* The old content must not be in the snapshot. */
    memset(content, 0, size);
    leave_hole(content, building->is_profiling ? rounded(size, PAGE) : size);
}

void *snapshot_heap_realloc(void *content, size_t size)
{
    size_t had = *size_of(content);

    if (size <= had)
        return content;
    void *larger = snapshot_heap_malloc(size);
    if (larger) {
        memcpy(larger, content, had);
        snapshot_heap_free(content);
    }
    return larger;
}

int snapshot_heap_contains(const void *content)
{
    return (const char *)content >= heap + BEFORE_BLOCKS && (const char *)content < heap + used;
}

void *snapshot_heap_copy(const void *content, void *larger, size_t size)
{
    size_t most = heap + used - (const char *)content;

    return larger ? memcpy(larger, content, size < most ? size : most) : NULL;
}

/* The places follow each other. */
static void lay_out(const char *path)
{
    size_t sizes[PLACES];
    int file = open(path, O_RDONLY);

    if (read(file, sizes, sizeof sizes) != sizeof sizes ||
        read(file, building->places, sizeof building->places) < 0)
        Py_FatalError("the places of blocks cannot be read");
    close(file);
    for (enum place place = START_WRITES; place < REST; place++) {
        building->next[place] = heap + used;
        used += sizes[place];
        building->end[place] = heap + used;
    }
}

void snapshot_heap_open(const char *places)
{
    building = mmap(NULL, sizeof *building, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (building == MAP_FAILED)
        Py_FatalError("no memory for the bookkeeping of blocks");
    memset(building->places, REST, sizeof building->places);
    building->is_profiling = !places;
    if (places)
        lay_out(places);
}

const char *snapshot_heap_close(void)
{
    for (struct hole **list = building->holes; list < building->holes + SIZES; list++)
        for (struct hole *hole = *list, *next; hole; hole = next) {
            next = hole->next;
            *hole = (struct hole){0};
        }
    if (!building->is_profiling) {
        munmap(building, sizeof *building);
        building = NULL;
    }
    return heap + used;
}

void snapshot_heap_write_places(const char *path, enum place place_of(const char *page))
{
    size_t sizes[PLACES] = {0};
    size_t size = 0;
    uint32_t before = UINT32_MAX;
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    for (const char *page = heap + BEFORE_BLOCKS; page < heap + used; page += PAGE) {
        uint32_t number = building->numbers[(page - heap) / PAGE];
        unsigned char *place = &building->places[number];
        enum place wanted = place_of(page);
        if (number == before)
            sizes[*place] -= size;
        else
            size = *size_of(page);
        if (size <= MAX_TO_PLACE && wanted < *place)
            *place = wanted;
        sizes[*place] += size;
        before = number;
    }
    if (write(file, sizes, sizeof sizes) != sizeof sizes ||
        write(file, building->places, building->count) != (ssize_t)building->count)
        Py_FatalError("the places of blocks cannot be written");
}
