/* What differs in each process that resumes the snapshot. */
#include <Python.h>

/* What the program needs of the snapshot; thread is NULL in a program without one. */
extern struct saved_state {
    PyThreadState *thread;
    PyObject *environ;
    PyObject *resume;
    PyObject *main;
} saved_state;

/* Tell the interpreter its process, environment and arguments. */
void resume(int argc, char **argv);

/* Return *result*; if it is NULL, show the exception and exit. */
void *or_die(void *result);
