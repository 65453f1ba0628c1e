/* A program for musl: it starts without the code of this machine's C library, and says $GREETING. */
#include <stdlib.h>

extern int puts(const char *);

/* The kernel aligns the stack as for a jump, not as for a call. */
__attribute__((force_align_arg_pointer)) void _start(void)
{
    puts(getenv("GREETING"));
    exit(0);
}
