/* The interpreter of the executable, and of the programs that tests link with it. */
#include <Python.h>

/* Have it read and write UTF-8, whatever the environment says; what is not UTF-8 goes through
   unchanged. To be called before anything else of Python's. */
void use_utf8(void);

/* As `python -I -S`, but without a single path. */
void configure(PyConfig *config);

/* Exit, and say why, where CPython says that it cannot go on. */
void or_exit(PyStatus status);

/* Which of SIGPIPE and SIGXFSZ are ignored. To be called before CPython ignores them; the other
   makes a tuple of it, as it is in untilup.process.signals. */
unsigned note_ignored(void);
PyObject *ignored_signals(unsigned noted);
