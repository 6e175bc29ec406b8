// libuv, and its macros that do not import.
#include <uv.h>
