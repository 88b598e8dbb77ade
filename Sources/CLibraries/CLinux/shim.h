// What the kernel offers to wait for many descriptors at once: Swift's Glibc module leaves it out.
#ifndef SITEWATCH_CLINUX_SHIM_H
#define SITEWATCH_CLINUX_SHIM_H

#include <sys/epoll.h>
#include <sys/eventfd.h>

#endif
