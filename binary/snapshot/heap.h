/* Memory that a snapshot can keep. */
#include <stddef.h>

/* Have Python's small objects in it; everything else that is allocated is in it anyway. */
void heap_open(void);

/* Fill the holes that small objects have left: what is allocated later is to be together. */
void heap_fill(void);

/* Have everything from now on in memory of the system's, and return where this one ends. */
const char *heap_close(void);
