// The GNU C library's own calls of its heap, which Swift's module of it leaves out.
#ifndef SITEWATCH_CMALLOC_SHIM_H
#define SITEWATCH_CMALLOC_SHIM_H

#include <malloc.h>

#endif
