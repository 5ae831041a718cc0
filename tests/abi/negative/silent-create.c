/* create() fails and does not say why. */
#define CREATE create_silent
#include "shell.h"
