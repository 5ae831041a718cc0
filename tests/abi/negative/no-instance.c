/* create() says BF_OK and gives no instance. */
#define CREATE create_nothing
#include "shell.h"
