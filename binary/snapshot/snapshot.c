/* untilup as one executable that goes on where another process has stopped.

   Run by binary/build, this program imports what untilup needs, runs it a few times, and writes
   its memory to a file. Of both image.py makes the executable, which is this program again, but
   finds itself with an interpreter in it. */
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
#include "pages.h"

static const struct _frozen others[] = {OTHER_MODULES(other_code){0}};

/* What is needed until the snapshot is written: what runs untilup, and where memory ends. */
static PyObject *run;
static const char *end;

static PyObject *attribute(const char *module, const char *name)
{
    PyObject *found = or_end(PyImport_ImportModule(module));
    return or_end(PyObject_GetAttrString(found, name));
}

static PyObject *have_pages_of_wait(PyObject *self, PyObject *nothing)
{
    pages_have(WAIT);
    Py_RETURN_NONE;
}

static PyMethodDef have_pages = {"have_pages", have_pages_of_wait, METH_NOARGS, NULL};

/* The code of what is imported before the snapshot is not in it: nobody needs it any more. */
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
    PyObject *names = or_end(PyList_New(0));

    for (; modules->name; modules++) {
        PyObject *name = or_end(PyUnicode_FromString(modules->name));
        if (PyList_Append(names, name) != 0)
            or_end(NULL);
        Py_DECREF(name);
    }
    return names;
}

static void preload(const struct _frozen *modules)
{
    PyConfig config;

    use_utf8();
    configure(&config);
    /* The strings of a snapshot have been hashed, so that every process has this seed. */
    config.use_hash_seed = 1;
    config.hash_seed = 0;
    PyImport_FrozenModules = modules;
    or_exit(Py_InitializeFromConfig(&config));
    PyConfig_Clear(&config);
    kept.environ = attribute("posix", "environ");
    kept.resume = attribute("_resume", "resume");
    kept.main = attribute("untilup.__main__", "main");
    PyObject *function = or_end(PyCFunction_New(&have_pages, NULL));
    run = attribute("_preload", "run");
    PyObject *preload = attribute("_preload", "preload");
    Py_DECREF(or_end(PyObject_CallFunction(preload, "NN", names_of(modules), function)));
    Py_DECREF(preload);
    PyDict_Clear(kept.environ);
    PyImport_FrozenModules = others;
}

static void use_pages(void)
{
    resume(0, NULL);
    or_end(PyObject_CallNoArgs(run));
}

static void write_memory(const char *path)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    for (const char *at = pages_start(); at < end;) {
        ssize_t written = write(file, at, end - at);
        if (written < 0)
            Py_FatalError("the snapshot cannot be written");
        at += written;
    }
}

/* Leave nothing of this process in what is free, so that every snapshot is the same. */
static void clean(PyThreadState *thread)
{
    thread->native_thread_id = 0;
    memset(thread->datastack_top, 0, (char *)thread->datastack_limit - (char *)thread->datastack_top);
    /* What has been worked out for converting floats. */
    thread->interp->dtoa = (struct _dtoa_state)_dtoa_state_INIT(thread->interp);
    or_exit(_PyDtoa_Init(thread->interp));
}

/* Whatever the builder ignores or blocks: what is found here is kept, and what is done follows it. */
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
    kept.thread = PyThreadState_Get();
    clean(kept.thread);
    end = heap_close();
    pages_note(end, use_pages, !places);
}

/* apart CODE PLACES USED: see who uses what, where all is apart; write the places of the heap's
   blocks, and of all else. together CODE PLACES MEMORY: write the snapshot's memory. */
static int take(char **argv)
{
    int is_apart = strcmp(argv[1], "apart") == 0;

    fill_memory(contents_of(argv[2]), is_apart ? NULL : argv[3]);
    if (is_apart) {
        blocks_write_places(argv[3], pages_place);
        pages_write_places(argv[4]);
    } else {
        pages_list();
        write_memory(argv[4]);
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (!kept.thread)
        return take(argv);
    pages_have(START);
    resume(argc, argv);
    /* main() does not return: it becomes the command, or exits. */
    or_end(PyObject_CallNoArgs(kept.main));
    return 1;
}
