/* create() gives an instance without start(). */
#define CREATE create_incomplete
#include "shell.h"
