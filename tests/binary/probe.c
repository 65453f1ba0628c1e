/* The executable with another main(): it runs the Python text that its first argument is. */
#define main untilup_main
#include "start.c"
#undef main

/* Without an argument: what is frozen in, but for what CPython itself starts by. */
static int tell_names(void)
{
    for (const struct _frozen *module = frozen_modules; module->name; module++)
        puts(module->name);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return tell_names();
    use_utf8();
    start_interpreter(argc, argv);
    int failed = PyRun_SimpleString(argv[1]) || Py_FinalizeEx();
    return failed ? 1 : 0;
}
