/* musl's allocator, by the names that stay callable where a program defines malloc() itself. */
#pragma once

#include <stddef.h>

void *__libc_malloc_impl(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *content, size_t size);
void __libc_free(void *content);
