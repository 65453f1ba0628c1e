/* Which pages of the snapshot are used by whom, so that they can be had all at once.

   Otherwise each costs a fault, and one that only reads maps fifteen neighbours, too, which count
   as memory in use. Only a hint: what is not in the list works, and a kernel before 5.14, which
   does not know how, ignores it. */

#include "blocks.h"

enum user {
    START, /* until the command runs, where all is up at the first look */
    WAIT,  /* from the first look that fails */
    USERS,
};

/* Have the pages copied that *user* is the first to use. */
void pages_have(enum user user);

/* Run use() in a process of its own, and note which pages, up to *end*, it uses. From the start it
   is START, and then whoever pages_have() is called for. Where everything has pages of its own,
   what is not written to is noted, too. */
void pages_note(const char *end, void (*use)(void), int is_apart);

/* Keep a list of the pages that have been noted, for pages_have(). */
void pages_list(void);

/* Where what is on a page, and alone there, is to be put. */
enum place pages_place(const char *page);

/* Write that of every page, a byte each, from address 0 to where the heap begins. */
void pages_write_places(const char *path);

/* The first page of all that is writable. */
const char *pages_start(void);
