/* Memory for what Python makes in a process that has been resumed. Whoever asks has the GIL. */
#include <stddef.h>

/* Take blocks from *memory*, which is aligned to 16 bytes, before any of the system's. */
void young_open(char *memory, size_t size);

/* As malloc(), realloc() and free() in C, for each other's blocks alone. */
void *young_get(size_t size);
void *young_change(void *content, size_t size);
void young_give_back(void *content);
