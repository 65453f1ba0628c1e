/* Which pages of the snapshot are used by whom, so that they can be had all at once.

   Otherwise each costs a fault, and one that only reads maps fifteen neighbours, too, which count
   as memory in use. Only a hint: what is not in the list works, and a kernel before 5.14, which
   does not know how, ignores it. */

enum user {
    START, /* until the command runs, where all is up at the first look */
    WAIT,  /* from the first look that fails */
    USERS,
};

/* Have the pages copied that *user* is the first to use. */
void pages_have(enum user user);

/* Run use() in a process of its own, and note which pages, up to *end*, it uses. From the start it
   is START, and then whoever pages_have() is called for. */
void pages_note(const char *end, void (*use)(void));

/* The first page of all that is writable. */
const char *pages_start(void);
