/* Stands for code that must never run: it leaves a mark in the environment when it is loaded. */
#define _POSIX_C_SOURCE 200809L
#include "shell.h"

__attribute__((constructor)) static void leave_mark(void)
{
    (void)setenv("BANKFEED_TEST_INTRUDER", "has run", 1);
}
