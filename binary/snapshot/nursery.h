/* Memory for the objects that Python makes in a resumed process. Each caller holds the GIL. */
#include <stddef.h>

/* Take blocks from *memory*, which is aligned to 16 bytes, before mapping any. */
void nursery_open(char *memory, size_t size);

/* As malloc(), realloc() and free() in C, but only for blocks of the nursery. */
void *nursery_malloc(size_t size);
void *nursery_realloc(void *content, size_t size);
void nursery_free(void *content);
