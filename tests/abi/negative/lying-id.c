/* The library is another plugin than its manifest says. */
#define PLUGIN_ID "somebody-else"
#include "shell.h"
