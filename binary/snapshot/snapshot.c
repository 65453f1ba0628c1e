/* untilup as one executable that resumes the memory of another process.

   binary/build runs this program, which imports what untilup needs, runs untilup a few times, and
   writes its memory to a file. image.py makes the executable from program and memory: the same
   program, with an interpreter already in it. */
#define Py_BUILD_CORE 1
#include "resume.h"

#include <fcntl.h>
#include <internal/pycore_dtoa.h>
#include <internal/pycore_interp.h>
#include <internal/pycore_signal.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../interpreter.h"
#include "heap.h"
#include "immortal.h"
#include "modules.h"
#include "page_profile.h"

static const struct _frozen others[] = {OTHER_MODULES(other_code){0}};

/* Used only until the snapshot is written: the function that runs untilup, and the end of memory. */
static PyObject *run;
static const char *end;

static PyObject *attribute(const char *module, const char *name)
{
    PyObject *found = or_die(PyImport_ImportModule(module));
    return or_die(PyObject_GetAttrString(found, name));
}

static PyObject *prefault_for_the_wait(PyObject *self, PyObject *nothing)
{
    prefault(WAIT);
    Py_RETURN_NONE;
}

static PyMethodDef prefault_method = {"prefault", prefault_for_the_wait, METH_NOARGS, NULL};

/* The code of modules that are imported before the snapshot is not in it: it is not needed again. */
static const unsigned char *contents_of(const char *path)
{
    struct stat status;
    int file = open(path, O_RDONLY);
    fstat(file, &status);
    const unsigned char *contents = mmap(NULL, status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    if (contents == MAP_FAILED)
        Py_FatalError("the code of the preloaded modules cannot be read");
    close(file);
    return contents;
}

static PyObject *names_of(const struct _frozen *modules)
{
    PyObject *names = or_die(PyList_New(0));

    for (; modules->name; modules++) {
        PyObject *name = or_die(PyUnicode_FromString(modules->name));
        if (PyList_Append(names, name) != 0)
            or_die(NULL);
        Py_DECREF(name);
    }
    return names;
}

static void preload(const struct _frozen *modules)
{
    PyConfig config;

    use_utf8();
    configure(&config);
    /* The strings of a snapshot are hashed already, so every process has this seed. */
    config.use_hash_seed = 1;
    config.hash_seed = 0;
    PyImport_FrozenModules = modules;
    or_exit(Py_InitializeFromConfig(&config));
    PyConfig_Clear(&config);
    saved_state.environ = attribute("posix", "environ");
    saved_state.resume = attribute("_resume", "resume");
    saved_state.main = attribute("untilup.__main__", "main");
    PyObject *function = or_die(PyCFunction_New(&prefault_method, NULL));
    run = attribute("_preload", "run");
    PyObject *preload = attribute("_preload", "preload");
    Py_DECREF(or_die(PyObject_CallFunction(preload, "NN", names_of(modules), function)));
    Py_DECREF(preload);
    PyDict_Clear(saved_state.environ);
    PyImport_FrozenModules = others;
}

static void use_snapshot(void)
{
    resume(0, NULL);
    or_die(PyObject_CallNoArgs(run));
}

static void write_memory(const char *path)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    for (const char *at = first_writable_page(); at < end;) {
        ssize_t written = write(file, at, end - at);
        if (written < 0)
            Py_FatalError("the snapshot cannot be written");
        at += written;
    }
}

/* Leave nothing of this process in free memory, so that every snapshot is the same. */
static void clean(PyThreadState *thread)
{
    thread->native_thread_id = 0;
    memset(thread->datastack_top, 0, (char *)thread->datastack_limit - (char *)thread->datastack_top);
    /* The caches for converting floats. */
    thread->interp->dtoa = (struct _dtoa_state)_dtoa_state_INIT(thread->interp);
    or_exit(_PyDtoa_Init(thread->interp));
}

/* The snapshot must not depend on the signals that the building process ignores or blocks. */
static void have_default_signals(void)
{
    sigset_t none;

    for (int number = 1; number < Py_NSIG; number++)
        signal(number, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void fill_memory(const unsigned char *code, const char *places)
{
    const struct _frozen modules[] = {PRELOADED_MODULES(code) OWN_MODULES(own_code){0}};

    have_default_signals();
    heap_open(places);
    preload(modules);
    PyOS_BeforeFork();
    make_all_immortal();
    saved_state.thread = PyThreadState_Get();
    clean(saved_state.thread);
    end = heap_close();
    page_profile_record(end, use_snapshot, !places);
}

/* profiling CODE PLACES USED: find out what a start and a wait use; write the places of the heap's
   blocks to PLACES, and those of functions and variables to USED.
   ordered CODE PLACES MEMORY: write the snapshot's memory. */
static int take(char **argv)
{
    int is_profiling = strcmp(argv[1], "profiling") == 0;

    fill_memory(contents_of(argv[2]), is_profiling ? NULL : argv[3]);
    if (is_profiling) {
        snapshot_heap_write_places(argv[3], page_profile_place);
        page_profile_write_places(argv[4]);
    } else {
        page_profile_list();
        write_memory(argv[4]);
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (!saved_state.thread)
        return take(argv);
    prefault(START);
    resume(argc, argv);
    /* main() does not return: it executes the command, or exits. */
    or_die(PyObject_CallNoArgs(saved_state.main));
    return 1;
}
