/* Which pages of the snapshot a start and a wait use, so that the kernel can map them all at once.

   Without this each page costs a fault, and a fault that only reads maps fifteen neighbors, too, which
   count as memory in use. It is only a hint: a page that is not in the list works, and a kernel before
   5.14 ignores the hint. */

#include "snapshot_heap.h"

enum user {
    START, /* until the command runs, if all targets are up at the first attempt */
    WAIT,  /* from the first failed attempt on */
    USERS,
};

/* Have the kernel copy the pages that *user* is the first to use. */
void prefault(enum user user);

/* Run use() in a process of its own, and record which pages up to *end* it uses. The user is START at
   first, and then the one of the last call of prefault(). In the profiling link, pages that are only
   read are recorded, too. */
void page_profile_record(const char *end, void (*use)(void), int is_profiling);

/* Make the lists for prefault() from the recorded pages. */
void page_profile_list(void);

/* The place of the block, function or variable that is alone on a page. */
enum place page_profile_place(const char *page);

/* Write the place of every page, a byte each, from address 0 to where the heap begins. */
void page_profile_write_places(const char *path);

/* The first page of all writable data. */
const char *first_writable_page(void);
