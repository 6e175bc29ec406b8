// A load generator for Socket.IO servers (Engine.IO 4): one thread, epoll, loopback. See --help and ../README.md.
#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <unistd.h>

struct run run;

enum {
    opening_at_once = 64,    // fewer than the 128 connections that servers commonly let wait to be accepted
    draining_timeout_s = 20,  // and what is on its way at the end, arrived
    opening_timeout_s = 180, // the whole crowd must be ready by then
    messages_timeout_s = 600, // a given number of messages, through a simulated processor perhaps
    events_a_turn = 512,
    shortest_wait_ns = 20000, // between two looks at what is due
    longest_sleep_ms = 20,   // how late a window may close when nothing happens
};

static reading take_reading(void) {
    reading r = {.at = now_ns(), .connects = run.connects};
    if (run.options.pid && !process_read(run.options.pid, &r.server)) {
        fprintf(stderr, "load: no process %d\n", run.options.pid);
        exit(1);
    }
    process_read(getpid(), &r.self);
    return r;
}

static void allow_many_files(void) {
    // A client of polling has two connections; the rest is for epoll, timers and /proc.
    rlim_t wanted = (rlim_t)run.options.connections * (run.options.mode->polling ? 2 : 1) + 64;
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur >= wanted) return;
    if (limit.rlim_max < wanted) limit.rlim_max = wanted; // granted to root
    limit.rlim_cur = wanted;
    if (setrlimit(RLIMIT_NOFILE, &limit) == 0) return;
    fprintf(stderr, "load: %u connections need %llu open files: %s\n", run.options.connections,
            (unsigned long long)wanted, strerror(errno));
    exit(1);
}

static int make_timer(void) {
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    epoll_ctl(run.epoll, EPOLL_CTL_ADD, timer, &event);
    return timer;
}

// Sends what is due, and has the timer wake us when the next message is: not before, which would leave it for later.
static void keep_pace(int timer) {
    static uint64_t armed;
    uint64_t due = traffic_pace(), soonest = run.now + shortest_wait_ns;
    if (due < soonest) due = soonest;
    if (due == armed) return;
    armed = due;
    struct itimerspec at = {.it_value = {(time_t)(due / 1000000000), (long)(due % 1000000000)}};
    timerfd_settime(timer, TFD_TIMER_ABSTIME, &at, NULL);
}

static void turn(int timer, int sleep_ms) {
    struct epoll_event events[events_a_turn];
    int count = epoll_wait(run.epoll, events, events_a_turn, sleep_ms);
    for (int i = 0; i < count; i++) {
        uint64_t ticks;
        if (events[i].data.ptr) conn_ready(events[i].data.ptr, events[i].events);
        else if (read(timer, &ticks, sizeof ticks) < 0) continue; // it was set anew in the meantime
    }
    if (timer >= 0) keep_pace(timer);
}

static bool anybody_left(void) { return run.lost < run.options.connections; }

static bool is_finished(void) { return run.options.messages > 0 && run.completed >= run.options.messages; }

static void open_everybody(void) {
    const options *o = &run.options;
    uint64_t begun = now_ns();
    // The connections of connect mode are never held, so all that can be awaited is that everybody has begun.
    while (o->mode->work == work_connect ? run.opened < o->connections : run.ready + run.lost < o->connections) {
        while (run.opened < o->connections && run.opened - run.ready - run.lost < opening_at_once)
            client_open(&run.clients[run.opened++]);
        turn(-1, longest_sleep_ms);
        if (now_ns() - begun < opening_timeout_s * 1000000000ull) continue;
        fprintf(stderr, "load: %u of %u clients ready after %d s, %u lost\n", run.ready, o->connections,
                opening_timeout_s, run.lost);
        exit(1);
    }
}

static void turn_until(uint64_t end, int timer) {
    for (uint64_t now = now_ns(); now < end && anybody_left() && !is_finished(); now = now_ns()) {
        uint64_t left = (end - now) / 1000000 + 1;
        turn(timer, left < longest_sleep_ms ? (int)left : longest_sleep_ms);
    }
}

// Everything that was sent must be answered, even if behind the measured time.
static void drain(void) {
    uint64_t end = now_ns() + draining_timeout_s * 1000000000ull;
    run.draining = true;
    while (run.outstanding > 0 && anybody_left() && now_ns() < end) turn(-1, longest_sleep_ms);
}

int main(int count, char **arguments) {
    options_read(count, arguments);
    allow_many_files();
    run.epoll = epoll_create1(EPOLL_CLOEXEC);
    traffic_prepare();

    reading empty = take_reading();
    open_everybody();
    if (!anybody_left()) {
        fprintf(stderr, "load: not one of %u clients became ready\n", run.options.connections);
        return 1;
    }
    double opening = seconds_between(empty.at, now_ns());
    int timer = run.options.rate > 0 && run.group_count > 0 ? make_timer() : -1;
    run.measuring = run.options.messages > 0;
    traffic_start();
    if (!run.measuring) turn_until(now_ns() + (uint64_t)(run.options.warm_up * 1e9), timer);

    reading from = take_reading();
    run.measuring = true;
    double longest = run.options.messages > 0 ? messages_timeout_s : run.options.seconds;
    turn_until(from.at + (uint64_t)(longest * 1e9), timer);
    run.measuring = false;
    reading to = take_reading();
    drain();

    report_print(&empty, opening, &from, &to);
    return anybody_left() && (run.options.messages == 0 || is_finished()) ? 0 : 1;
}
