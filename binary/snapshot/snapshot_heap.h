/* The memory blocks of a snapshot, each at the place that makes a start cheapest.

   The same program asks for the same blocks in the same order, so a block is known by its number. In
   the profiling link each block has pages of its own, and the program writes down which pages are
   used. In the ordered link, blocks that are used together stand together. Another order of requests
   would only make a start slower. */
#pragma once

#include <stddef.h>

/* In the order in memory: what a start writes to, what it only reads, what a wait uses, and all that
   has no known user. */
enum place { START_WRITES, START_READS, WAIT_USES, REST, PLACES };

/* Blocks begin after so many bytes, which belong to the nursery. */
enum { BEFORE_BLOCKS = 256 << 10 };

extern char heap[];

/* Place blocks as the file *places* says; each on pages of its own if it is NULL. */
void snapshot_heap_open(const char *places);

/* Return the end of the last block. From now on blocks are neither added nor removed. */
const char *snapshot_heap_close(void);

/* Until the heap is closed: as malloc(), realloc() and free() in C. Unused memory is zero. */
void *snapshot_heap_malloc(size_t size);
void *snapshot_heap_realloc(void *content, size_t size);
void snapshot_heap_free(void *content);

/* Whether it is the content of a block. */
int snapshot_heap_contains(const void *content);

/* Copy a block into *larger*, of *size* bytes, and return that, or NULL if it is NULL. The size of the
   block is forgotten by then, so bytes after it are copied, too, without harm. */
void *snapshot_heap_copy(const void *content, void *larger, size_t size);

/* Write the file of places; *place_of* returns the place of what is on a page. */
void snapshot_heap_write_places(const char *path, enum place place_of(const char *page));
