#include "measure.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

double seconds_between(uint64_t from, uint64_t to) { return (double)(to - from) / 1e9; }

// Below 64 ns a bucket a nanosecond; above, the six bits after the leading one pick the bucket within its octave.
static unsigned bucket_of(uint64_t value) {
    if (value < 64) return (unsigned)value;
    unsigned shift = 63u - (unsigned)__builtin_clzll(value) - 6u;
    unsigned bucket = (shift + 1) * 64 + (unsigned)((value >> shift) & 63);
    return bucket < histogram_buckets ? bucket : histogram_buckets - 1;
}

static double middle_of(unsigned bucket) {
    if (bucket < 64) return bucket;
    unsigned shift = bucket / 64 - 1;
    return ((double)(64 + bucket % 64) + 0.5) * (double)(1ull << shift);
}

void histogram_add(histogram *h, uint64_t nanoseconds) {
    h->counts[bucket_of(nanoseconds)]++;
    h->total++;
}

double histogram_percentile(const histogram *h, double share) {
    double wanted = share * (double)h->total;
    uint64_t seen = 0;
    for (unsigned i = 0; i < histogram_buckets; i++) {
        seen += h->counts[i];
        if (seen > 0 && (double)seen >= wanted) return middle_of(i) / 1000;
    }
    return 0;
}

static bool read_whole(const char *path, char *text, size_t capacity) {
    FILE *file = fopen(path, "r");
    if (!file) return false;
    size_t length = fread(text, 1, capacity - 1, file);
    fclose(file);
    text[length] = 0;
    return length > 0;
}

static uint64_t number_after(const char *text, const char *name) {
    const char *at = strstr(text, name);
    return at ? strtoull(at + strlen(name), NULL, 10) : 0;
}

// The process's own status counts its first thread's switches only, so every thread is asked.
static uint64_t switches_of(int pid) {
    char path[320], text[4096];
    snprintf(path, sizeof path, "/proc/%d/task", pid);
    DIR *threads = opendir(path);
    if (!threads) return 0;
    uint64_t sum = 0;
    for (struct dirent *thread; (thread = readdir(threads));) {
        snprintf(path, sizeof path, "/proc/%d/task/%s/status", pid, thread->d_name);
        if (thread->d_name[0] == '.' || !read_whole(path, text, sizeof text)) continue;
        sum += number_after(text, "\nvoluntary_ctxt_switches:") + number_after(text, "nonvoluntary_ctxt_switches:");
    }
    closedir(threads);
    return sum;
}

bool process_read(int pid, process_usage *usage) {
    char path[64], text[4096];
    // To the nanosecond, threads that have ended included; /proc/PID/stat counts in hundredths of a second.
    clockid_t clock;
    struct timespec t;
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &t) != 0) return false;
    usage->cpu_seconds = (double)t.tv_sec + (double)t.tv_nsec / 1e9;
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    if (!read_whole(path, text, sizeof text)) return false;
    usage->resident_kib = (long)number_after(text, "VmRSS:");
    usage->context_switches = switches_of(pid);
    return true;
}
