// libuv, and the few system headers that Glibc's module leaves out.
#include <uv.h>
