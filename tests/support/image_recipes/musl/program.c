/* A program that musl's loader loads. */
#include <stdio.h>

int main(void) { return puts("ran") < 0; }
