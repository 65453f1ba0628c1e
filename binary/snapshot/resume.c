/* Tells an interpreter that began in another process about this one; see resume.h. */
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

struct saved_state saved_state;

void *or_die(void *result)
{
    if (!result) {
        PyErr_Print();
        _exit(1);
    }
    return result;
}

/* CPython would print its own message. This is the message of main(), which has not begun. */
static void require_memory(void)
{
    static const char line[] = "    0.00s untilup: limit reached: no more memory (ulimit -v, ulimit -d)\n";
    PyThread_type_lock lock = PyThread_allocate_lock();

    if (!lock) {
        write(STDERR_FILENO, line, sizeof line - 1);
        _exit(LIMIT_REACHED);
    }
    PyThread_free_lock(lock);
}

/* To the interpreter this is a fork: the same memory in another process. It makes its locks anew, and
   learns the identity of its thread. */
static void reinit_after_fork(void)
{
    pthread_key_t key;

    /* The first key that is created gives musl's main thread its storage for the values of keys. */
    pthread_key_create(&key, NULL);
    pthread_key_delete(key);
    _Py_tss_tstate = saved_state.thread;
    /* The address of musl's thread descriptor identifies a thread, and is in the snapshot. */
    if (saved_state.thread->thread_id != PyThread_get_thread_ident())
        Py_FatalError("the main thread is not where it was");
    require_memory();
    PyOS_AfterFork_Child();
}

/* As CPython and its module signal do at their start. SIGINT stays as it is, because main() takes it
   first of all. */
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

/* saved_state.environ is posix.environ, from which os.environ is made. */
static void take_in_environment(void)
{
    PyDict_Clear(saved_state.environ);
    for (char **entry = environ; *entry; entry++) {
        const char *equals = strchr(*entry, '=');
        if (!equals)
            continue;
        PyObject *name = or_die(PyBytes_FromStringAndSize(*entry, equals - *entry));
        PyObject *value = or_die(PyBytes_FromString(equals + 1));
        /* The first of several counts, as for getenv. */
        or_die(PyDict_SetDefault(saved_state.environ, name, value));
        Py_DECREF(name);
        Py_DECREF(value);
    }
}

static PyObject *list_of(int count, char **words)
{
    PyObject *list = or_die(PyList_New(count));

    for (int i = 0; i < count; i++)
        PyList_SET_ITEM(list, i, or_die(PyUnicode_DecodeFSDefault(words[i])));
    return list;
}

void resume(int argc, char **argv)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    reinit_after_fork();
    PyObject *ignored = or_die(ignored_signals(note_ignored()));
    take_in_signals();
    take_in_environment();
    Py_DECREF(or_die(PyObject_CallFunction(saved_state.resume, "NN", list_of(argc, argv), ignored)));
}
