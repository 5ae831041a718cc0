/* The library is of another version than its manifest says. */
#define PLUGIN_VERSION "0.9.0"
#include "shell.h"
