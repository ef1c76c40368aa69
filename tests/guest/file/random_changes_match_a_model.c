/* A short run of the file exerciser: two processes, one file, a model of what it must be. */
//args: -n 8000 -s 7 /tmp/exercised
#include "../../stress/file_exerciser.c"
