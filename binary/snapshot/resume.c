/* An interpreter that was alive in another process is told about this one; see resume.h. */
#define Py_BUILD_CORE 1
#include "resume.h"

#include "../interpreter.h"

#include <internal/pycore_pystate.h>
#include <internal/pycore_runtime.h>
#include <internal/pycore_signal.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

/* An exit status, as in untilup.errors. */
enum { LIMIT_REACHED = 125 };

extern char **environ;

struct kept kept;

void *or_end(void *result)
{
    if (!result) {
        PyErr_Print();
        _exit(1);
    }
    return result;
}

/* CPython would end in words of its own. As where main() hears of it; but that has not begun. */
static void see_that_there_is_memory(void)
{
    static const char line[] = "    0.00s untilup: limit reached: no more memory (ulimit -v, ulimit -d)\n";
    PyThread_type_lock lock = PyThread_allocate_lock();

    if (!lock) {
        write(STDERR_FILENO, line, sizeof line - 1);
        _exit(LIMIT_REACHED);
    }
    PyThread_free_lock(lock);
}

/* For the interpreter it is as if it had been forked: the same memory in another process. So it
   makes its locks anew, and learns who its thread is. */
static void be_another_process(void)
{
    pthread_key_t key;

    /* The first key that is made gives musl's main thread its place for what keys stand for. */
    pthread_key_create(&key, NULL);
    pthread_key_delete(key);
    _Py_tss_tstate = kept.thread;
    /* A thread is known by where musl has its descriptor, which is a place in the snapshot. */
    if (kept.thread->thread_id != PyThread_get_thread_ident())
        Py_FatalError("the main thread is not where it was");
    see_that_there_is_memory();
    PyOS_AfterFork_Child();
}

/* As CPython and its module signal find them at their start. SIGINT stays as it is, because the
   first thing that main() does is to take it. */
static void take_in_signals(void)
{
    struct _signals_runtime_state *signals = &_PyRuntime.signals;

    PyOS_setsig(SIGPIPE, SIG_IGN);
    PyOS_setsig(SIGXFSZ, SIG_IGN);
    for (int number = 1; number < Py_NSIG; number++) {
        PyOS_sighandler_t found = PyOS_getsig(number);
        PyObject *handler = found == SIG_DFL   ? signals->default_handler
                            : found == SIG_IGN ? signals->ignore_handler
                                               : Py_None;
        Py_XSETREF(signals->handlers[number].func, Py_NewRef(handler));
    }
}

/* kept.environ is posix.environ, of which os.environ is made. */
static void take_in_environment(void)
{
    PyDict_Clear(kept.environ);
    for (char **entry = environ; *entry; entry++) {
        const char *equals = strchr(*entry, '=');
        if (!equals)
            continue;
        PyObject *name = or_end(PyBytes_FromStringAndSize(*entry, equals - *entry));
        PyObject *value = or_end(PyBytes_FromString(equals + 1));
        /* The first of several counts, as for getenv. */
        or_end(PyDict_SetDefault(kept.environ, name, value));
        Py_DECREF(name);
        Py_DECREF(value);
    }
}

static PyObject *list_of(int count, char **words)
{
    PyObject *list = or_end(PyList_New(count));

    for (int i = 0; i < count; i++)
        PyList_SET_ITEM(list, i, or_end(PyUnicode_DecodeFSDefault(words[i])));
    return list;
}

void resume(int argc, char **argv)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    be_another_process();
    PyObject *ignored = or_end(ignored_signals(note_ignored()));
    take_in_signals();
    take_in_environment();
    Py_DECREF(or_end(PyObject_CallFunction(kept.resume, "NN", list_of(argc, argv), ignored)));
}
