/* Breaks nothing: what the others are measured against. */
#include "shell.h"
