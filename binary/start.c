/* untilup as one executable: an interpreter that has its modules in itself, and runs main(). */
#include <Python.h>

#include "frozen.h"

static const wchar_t NOWHERE[] = L"";

/* CPython's own looks for its library on the disk, of which nothing is needed. */
PyStatus _PyConfig_InitPathConfig(PyConfig *config, int compute)
{
    return PyStatus_Ok();
}

static void or_exit(PyStatus status)
{
    if (PyStatus_Exception(status))
        Py_ExitStatusException(status);
}

static void set(PyConfig *config, wchar_t **field, const wchar_t *text)
{
    or_exit(PyConfig_SetString(config, field, text));
}

/* UTF-8 everywhere, whatever the environment says: what is not UTF-8 goes through unchanged. */
static void use_utf8(void)
{
    PyPreConfig preconfig;
    PyPreConfig_InitIsolatedConfig(&preconfig);
    preconfig.utf8_mode = 1;
    or_exit(Py_PreInitialize(&preconfig));
}

/* As `python -I -S`, without a single file: no site, no search path, no bytecode written. */
static void start_interpreter(int argc, char **argv)
{
    PyConfig config;
    PyConfig_InitIsolatedConfig(&config);
    config.site_import = 0;
    config.write_bytecode = 0;
    config.pathconfig_warnings = 0;
    config.module_search_paths_set = 1;
    /* SIGPIPE and SIGXFSZ are ignored, as in every Python; untilup sets them back before exec. */
    config.install_signal_handlers = 1;
    /* argv is untilup's, none of it the interpreter's. */
    config.parse_argv = 0;
    or_exit(PyConfig_SetBytesArgv(&config, argc, argv));
    set(&config, &config.program_name, L"untilup");
    set(&config, &config.executable, NOWHERE);
    set(&config, &config.base_executable, NOWHERE);
    set(&config, &config.home, NOWHERE);
    set(&config, &config.prefix, NOWHERE);
    set(&config, &config.base_prefix, NOWHERE);
    set(&config, &config.exec_prefix, NOWHERE);
    set(&config, &config.base_exec_prefix, NOWHERE);
    set(&config, &config.stdlib_dir, NOWHERE);
    set(&config, &config.platlibdir, L"lib");
    PyImport_FrozenModules = frozen_modules;
    or_exit(Py_InitializeFromConfig(&config));
    PyConfig_Clear(&config);
}

int main(int argc, char **argv)
{
    use_utf8();
    start_interpreter(argc, argv);
    PyObject *module = PyImport_ImportModule("untilup.__main__");
    /* main() does not return: it becomes the command, or exits. */
    PyObject *result = module ? PyObject_CallMethod(module, "main", NULL) : NULL;
    if (!result)
        PyErr_Print();
    return 1;
}
