/* Whose memory an interpreter takes: a snapshot's until it is closed, and then that of a process. */

/* Have Python take its memory here; all others who ask C for some do so anyway. *places* is for
   blocks_open(). */
void heap_open(const char *places);

/* Keep what there is, have everything from now on in other memory, and return where this one ends. */
const char *heap_close(void);
