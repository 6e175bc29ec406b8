// The load's instruments: the clock, a latency histogram, and what /proc tells of the measured server.
#ifndef MEASURE_H
#define MEASURE_H

#include <stdbool.h>
#include <stdint.h>

/// The monotonic clock, in nanoseconds.
uint64_t now_ns(void);

/// The seconds between two of its readings.
double seconds_between(uint64_t from, uint64_t to);

/// Latencies in buckets of 1/64 of a power of two: at most 1.6 % wide, whatever the magnitude.
enum { histogram_buckets = 64 * 60 };
typedef struct {
    uint64_t counts[histogram_buckets];
    uint64_t total;
} histogram;

void histogram_add(histogram *h, uint64_t nanoseconds);

/// The latency in microseconds below which the given share (0...1) of all entries lies; 0 without entries.
double histogram_percentile(const histogram *h, double share);

/// What a process has used since its start, all its threads together.
typedef struct {
    double cpu_seconds;        ///< user and system time
    long resident_kib;         ///< resident set now
    uint64_t context_switches; ///< voluntary and not, of the threads that live now
} process_usage;

/// Reads /proc; false if there is no such process.
bool process_read(int pid, process_usage *usage);

/// The state of things at one moment.
typedef struct reading {
    uint64_t at;
    uint64_t connects;
    process_usage server, self;
} reading;

#endif
