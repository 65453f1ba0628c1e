/* The blocks of memory that a snapshot keeps, each put where it is best at a start.

   The same program asks for the same blocks in the same order, so that a block is known by its
   number. Who uses it is seen in a program in which each has pages of its own, and which writes
   down the places; then those that are used together stand together. Whoever would ask in another
   order would only be slower. */
#pragma once

#include <stddef.h>

/* In the order in which they stand in memory: what a start writes to, what it only reads, what a
   wait uses, and all that nobody is known to use. */
enum place { START_WRITES, START_READS, WAIT_USES, REST, PLACES };

/* Blocks begin behind that many bytes, which are somebody else's. */
enum { BEFORE_BLOCKS = 256 << 10 };

extern char heap[];

/* Put blocks as the file *places* says; apart from each other where it is NULL. */
void blocks_open(const char *places);

/* Return where the last one ends: from now on there are no others, and those that are stay. */
const char *blocks_close(void);

/* Until they are closed: as malloc(), realloc() and free() in C. What is not used is zero. */
void *blocks_get(size_t size);
void *blocks_change(void *content, size_t size);
void blocks_give_back(void *content);

/* Whether it is the content of a block. */
int blocks_have(const void *content);

/* Copy a block into *larger*, of *size* bytes, and return that, or NULL where it is. How large the
   block was nobody knows any more: what is behind it is copied, too, and means nothing. */
void *blocks_copy(const void *content, void *larger, size_t size);

/* Write the file of places; *place_of* tells of a page who uses it. */
void blocks_write_places(const char *path, enum place place_of(const char *page));
