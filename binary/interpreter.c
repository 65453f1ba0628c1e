/* An interpreter that works without a file system; see interpreter.h. */
#include "interpreter.h"

#include <signal.h>

static const wchar_t NOWHERE[] = L"";
/* Not "", below which gettext would find the translations of the current directory. */
static const wchar_t NO_DIRECTORY[] = L"/dev/null";

/* CPython's own version searches the disk for its library, which is not needed. */
PyStatus _PyConfig_InitPathConfig(PyConfig *config, int compute)
{
    return PyStatus_Ok();
}

void or_exit(PyStatus status)
{
    if (PyStatus_Exception(status))
        Py_ExitStatusException(status);
}

static void set(PyConfig *config, wchar_t **field, const wchar_t *text)
{
    or_exit(PyConfig_SetString(config, field, text));
}

void use_utf8(void)
{
    PyPreConfig preconfig;

    PyPreConfig_InitIsolatedConfig(&preconfig);
    preconfig.utf8_mode = 1;
    or_exit(Py_PreInitialize(&preconfig));
}

void configure(PyConfig *config)
{
    PyConfig_InitIsolatedConfig(config);
    config->site_import = 0;
    config->write_bytecode = 0;
    config->pathconfig_warnings = 0;
    config->module_search_paths_set = 1;
    /* SIGPIPE and SIGXFSZ are ignored, as in every Python; untilup sets them back before exec. */
    config->install_signal_handlers = 1;
    /* argv belongs to untilup: the interpreter must not parse it. */
    config->parse_argv = 0;
    set(config, &config->program_name, L"untilup");
    set(config, &config->executable, NOWHERE);
    set(config, &config->base_executable, NOWHERE);
    set(config, &config->home, NOWHERE);
    set(config, &config->prefix, NOWHERE);
    set(config, &config->base_prefix, NO_DIRECTORY);
    set(config, &config->exec_prefix, NOWHERE);
    set(config, &config->base_exec_prefix, NOWHERE);
    set(config, &config->stdlib_dir, NOWHERE);
    set(config, &config->platlibdir, L"lib");
}

static int is_ignored(int number)
{
    struct sigaction found;

    return sigaction(number, NULL, &found) == 0 && found.sa_handler == SIG_IGN;
}

unsigned note_ignored(void)
{
    return is_ignored(SIGPIPE) | is_ignored(SIGXFSZ) << 1;
}

PyObject *ignored_signals(unsigned noted)
{
    switch (noted) {
    case 0:
        return PyTuple_New(0);
    case 1:
        return Py_BuildValue("(i)", SIGPIPE);
    case 2:
        return Py_BuildValue("(i)", SIGXFSZ);
    default:
        return Py_BuildValue("(ii)", SIGPIPE, SIGXFSZ);
    }
}
