/* gc.freeze() keeps the garbage collector from writing into objects. This does the same for reference
   counts: those of an immortal object stay as they are (PEP 683). */
#include "immortal.h"

#include <Python.h>
#include <sys/mman.h>

enum { MAX_OBJECTS = 1 << 20 };

/* The objects that have been found, and whose references have not been followed yet. */
static PyObject **found;
static size_t count;

static int find(PyObject *object, void *context)
{
    if (object && object->ob_refcnt != _Py_IMMORTAL_REFCNT) {
        object->ob_refcnt = _Py_IMMORTAL_REFCNT;
        if (count == MAX_OBJECTS)
            Py_FatalError("too many objects for a snapshot");
        found[count++] = object;
    }
    return 0;
}

/* The garbage collector does not track code objects. */
static void find_in_code(PyCodeObject *code)
{
    PyObject *parts[] = {
        code->co_consts,          code->co_names,          code->co_exceptiontable,
        code->co_localsplusnames, code->co_localspluskinds, code->co_filename,
        code->co_name,            code->co_qualname,       code->co_linetable,
    };

    for (size_t i = 0; i < Py_ARRAY_LENGTH(parts); i++)
        find(parts[i], NULL);
}

static void follow(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);

    find((PyObject *)type, NULL);
    if (PyCode_Check(object))
        find_in_code((PyCodeObject *)object);
    else if (PyObject_IS_GC(object))
        type->tp_traverse(object, find, NULL);
}

static int find_and_go_on(PyObject *object, void *context)
{
    find(object, context);
    return 1;
}

void make_all_immortal(void)
{
    found = mmap(NULL, MAX_OBJECTS * sizeof *found, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (found == MAP_FAILED)
        Py_FatalError("no memory to make a snapshot");
    PyUnstable_GC_VisitObjects(find_and_go_on, NULL);
    while (count)
        follow(found[--count]);
    munmap(found, MAX_OBJECTS * sizeof *found);
    found = NULL;
}
