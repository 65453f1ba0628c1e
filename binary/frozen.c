/* untilup as one executable: an interpreter that has its modules in itself, and runs main(). */
#include "interpreter.h"
#include "modules.h"

static const struct _frozen modules[] = {
    PRELOADED_MODULES(preloaded_code)
    OTHER_MODULES(other_code)
    {0},
};

int main(int argc, char **argv)
{
    PyConfig config;
    unsigned noted = note_ignored();

    use_utf8();
    configure(&config);
    or_exit(PyConfig_SetBytesArgv(&config, argc, argv));
    PyImport_FrozenModules = modules;
    or_exit(Py_InitializeFromConfig(&config));
    PyConfig_Clear(&config);
    PyObject *module = PyImport_ImportModule("untilup.__main__");
    PyObject *signals = module ? PyImport_ImportModule("untilup.signals") : NULL;
    if (signals)
        PyObject_SetAttrString(signals, "ignored_at_start", ignored_signals(noted));
    /* main() does not return: it becomes the command, or exits. */
    PyObject *result = signals ? PyObject_CallMethod(module, "main", NULL) : NULL;
    if (!result)
        PyErr_Print();
    return 1;
}
