// What Swift's Glibc module leaves out: waiting for many descriptors at once, and names of threads.
#ifndef SITEWATCH_CLINUX_SHIM_H
#define SITEWATCH_CLINUX_SHIM_H

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>

// Names the calling thread in the lists of the system; 15 characters count.
static inline int sitewatch_name_thread(const char *name) { return prctl(PR_SET_NAME, name, 0, 0, 0); }

#endif
