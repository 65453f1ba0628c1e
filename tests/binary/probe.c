/* The executable with another main(): it runs the Python text that its first argument is. */
#include "interpreter.h"
#include "modules.h"

static const struct _frozen frozen[] = {
    PRELOADED_MODULES(preloaded_code)
    OTHER_MODULES(other_code)
    {0},
};

/* Without an argument: what is frozen in, but for what CPython itself starts by. */
static int tell_names(void)
{
    for (const struct _frozen *module = frozen; module->name; module++)
        puts(module->name);
    return 0;
}

int main(int argc, char **argv)
{
    PyConfig config;

    if (argc < 2)
        return tell_names();
    use_utf8();
    configure(&config);
    or_exit(PyConfig_SetBytesArgv(&config, argc, argv));
    PyImport_FrozenModules = frozen;
    or_exit(Py_InitializeFromConfig(&config));
    int failed = PyRun_SimpleString(argv[1]) || Py_FinalizeEx();
    return failed ? 1 : 0;
}
