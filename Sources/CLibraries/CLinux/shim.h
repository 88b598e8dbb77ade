// What Swift's Glibc module leaves out: waiting for many descriptors at once, names of threads, and
// whether the clock is kept in step.
#ifndef SITEWATCH_CLINUX_SHIM_H
#define SITEWATCH_CLINUX_SHIM_H

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/timex.h>

// Names the calling thread in the lists of the system; 15 characters count.
static inline int sitewatch_name_thread(const char *name) { return prctl(PR_SET_NAME, name, 0, 0, 0); }

// Whether a time service keeps the wall clock in step: 1 or 0, or -1 where the kernel does not say.
static inline int sitewatch_clock_is_synchronised(void) {
    struct timex state = {.modes = 0};
    int answer = adjtimex(&state);
    return answer < 0 ? -1 : answer != TIME_ERROR && !(state.status & STA_UNSYNC);
}

#endif
