/* Loaded into a process before libc: a file of 16 bytes tells how far its clock is off, and whether its disk is full.
 *
 *   bytes 0-7    seconds to add to the wall clock, signed
 *   bytes 8-15   not 0: writing to regular files fails with ENOSPC
 *
 * The monotonic clock, sockets, pipes, standard output and standard error are left alone. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

struct control {
    volatile int64_t clock_off_s;
    volatile int64_t disk_full;
};

static const struct control nothing;
static const struct control *control = &nothing;

__attribute__((constructor)) static void read_control(void) {
    const char *path = getenv("HEADWATER_CHAOS_CONTROL");
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0) return;
    void *at = mmap(NULL, sizeof(struct control), PROT_READ, MAP_SHARED, fd, 0);
    if (at != MAP_FAILED) control = at;
    close(fd);
}

/* The function that we stand in front of. */
#define REAL(name)                                        \
    static __typeof__(name) *real;                        \
    if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

int clock_gettime(clockid_t clock, struct timespec *now) {
    REAL(clock_gettime);
    int failed = real(clock, now);
    if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += control->clock_off_s;
    return failed;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    REAL(gettimeofday);
    int failed = real(now, zone);
    if (!failed) now->tv_sec += control->clock_off_s;
    return failed;
}

time_t time(time_t *out) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out) *out = now.tv_sec;
    return now.tv_sec;
}

static int is_full(int fd) {
    struct stat found;
    return control->disk_full && fd > 2 && !fstat(fd, &found) && S_ISREG(found.st_mode);
}

#define UNLESS_FULL(result, name, parameters, ...)        \
    result name parameters {                              \
        REAL(name);                                       \
        if (is_full(fd)) { errno = ENOSPC; return -1; }   \
        return real(__VA_ARGS__);                         \
    }

UNLESS_FULL(ssize_t, write, (int fd, const void *data, size_t size), fd, data, size)
UNLESS_FULL(ssize_t, writev, (int fd, const struct iovec *pieces, int count), fd, pieces, count)
UNLESS_FULL(ssize_t, pwrite, (int fd, const void *data, size_t size, off_t at), fd, data, size, at)
UNLESS_FULL(ssize_t, pwrite64, (int fd, const void *data, size_t size, off64_t at), fd, data, size, at)
UNLESS_FULL(int, ftruncate, (int fd, off_t size), fd, size)
UNLESS_FULL(int, ftruncate64, (int fd, off64_t size), fd, size)
UNLESS_FULL(int, fallocate, (int fd, int mode, off_t at, off_t size), fd, mode, at, size)
UNLESS_FULL(int, fallocate64, (int fd, int mode, off64_t at, off64_t size), fd, mode, at, size)

int posix_fallocate(int fd, off_t at, off_t size) {
    REAL(posix_fallocate);
    return is_full(fd) ? ENOSPC : real(fd, at, size);
}

int posix_fallocate64(int fd, off64_t at, off64_t size) {
    REAL(posix_fallocate64);
    return is_full(fd) ? ENOSPC : real(fd, at, size);
}
