/* What is different in every process that a snapshot is resumed in. */
#include <Python.h>

/* What a snapshot keeps hold of; thread is NULL in a process that is not one. */
extern struct kept {
    PyThreadState *thread;
    PyObject *environ;
    PyObject *resume;
    PyObject *main;
} kept;

/* Let the interpreter know which process it is in now, with what environment and arguments. */
void resume(int argc, char **argv);

/* Return *result*, or show the exception and exit where it is NULL. */
void *or_end(void *result);
