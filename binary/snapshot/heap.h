/* Where an interpreter gets memory: from the snapshot until it is closed, then from its process. */

/* Make Python allocate its memory here, as all callers of malloc() do. *places* is for
   snapshot_heap_open(). */
void heap_open(const char *places);

/* Close the snapshot's memory: new blocks come from elsewhere. Return its end. */
const char *heap_close(void);
