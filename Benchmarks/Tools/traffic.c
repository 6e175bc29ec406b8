// Messages between the clients: who sends what when, what must come back, and how long it took.
#include "run.h"
#include "wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// How far behind the average a member of a larger group may fall, in depths, before the group waits for it.
enum { laggards_may_miss = 16 };

static void *allocate(size_t count, size_t size) {
    void *memory = calloc(count ? count : 1, size);
    if (!memory) {
        perror("calloc");
        exit(1);
    }
    return memory;
}

// Templates have a %r for the room's number and a %s for the payload.
static void fill_in(bytes *out, const char *template, unsigned room) {
    for (const char *at = template; *at; at++) {
        if (at[0] == '%' && at[1] == 's') {
            for (unsigned i = 0; i < run.options.size; i++) bytes_append(out, "x", 1);
            at++;
        } else if (at[0] == '%' && at[1] == 'r') {
            char number[16];
            bytes_append(out, number, (size_t)snprintf(number, sizeof number, "%u", room));
            at++;
        } else {
            bytes_append(out, at, 1);
        }
    }
}

static void prepare_group(group *g, unsigned number, unsigned size) {
    const options *o = &run.options;
    g->first = &run.clients[number * size];
    unsigned left = o->connections - number * size;
    g->size = g->living = left < size ? left : size;
    uint64_t capacity = 1, wanted = o->depth * (g->size > 1 ? (uint64_t)laggards_may_miss : 1);
    while (capacity < wanted) capacity *= 2;
    g->mask = capacity - 1;
    g->flights = allocate(capacity, sizeof *g->flights);
    for (unsigned i = 0; i < g->size; i++) g->first[i].group = g;

    // A group of one sends what every other such group sends, too.
    if (number > 0 && !o->mode->joins) {
        g->text = run.groups[0].text;
        g->frame = run.groups[0].frame;
        return;
    }
    fill_in(&g->text, o->mode->request, number);
    uint8_t *framed = allocate(g->text.length + frame_header_limit, 1);
    bytes_append(&g->frame, framed, frame_write(framed, opcode_text, g->text.data, g->text.length));
    free(framed);
    bytes_append(&g->text, "", 1); // client_send wants it terminated
}

void traffic_prepare(void) {
    const options *o = &run.options;
    run.clients = allocate(o->connections, sizeof *run.clients);
    for (unsigned i = 0; i < o->connections; i++) {
        run.clients[i].index = i;
        run.clients[i].main.fd = run.clients[i].post.fd = -1;
    }
    if (o->mode->work != work_messages) return;
    unsigned size = o->mode->group == group_one ? 1 : o->mode->group == group_room ? o->room_size : o->connections;
    run.group_count = (o->connections + size - 1) / size;
    run.groups = allocate(run.group_count, sizeof *run.groups);
    for (unsigned i = 0; i < run.group_count; i++) prepare_group(&run.groups[i], i, size);
    fill_in(&run.answer, o->mode->answer, 0);
}

bool traffic_is_spent(void) { return run.options.messages > 0 && run.begun >= run.options.messages; }

// Depth counts deliveries, not messages: a group has room for the next message when its members together have received
// as many as a message has receivers. So a deep broadcast flows, where waiting for the last member would send in bursts.
static bool can_send(const group *g) {
    return g->first->phase == phase_ready && !traffic_is_spent() && g->outstanding + g->living <= (uint64_t)run.options.depth * g->living
           && g->sent - g->completed <= g->mask;
}

static void send_message(group *g, uint64_t at) {
    flight *f = &g->flights[g->sent++ & g->mask];
    *f = (flight){at, g->living};
    g->outstanding += g->living;
    run.begun++;
    client *c = g->first;
    if (run.options.mode->polling) client_send(c, (const char *)g->text.data);
    else bytes_append(&c->main.out, g->frame.data, g->frame.length);
}

// The sender of a larger group sends at once, each message by itself, as callers of emit do at moments of their own.
// A client that answers its own echoes sends what one read allowed together: conn_readable flushes it.
static void one_delivered(group *g, flight *f) {
    g->outstanding--;
    if (--f->missing == 0) { // members receive in order, so messages complete in order
        g->completed++;
        run.completed++;
    }
    if (run.options.rate > 0 || !can_send(g)) return;
    send_message(g, run.now);
    if (g->size > 1) client_flush(g->first);
}

void traffic_start(void) {
    run.now = now_ns();
    if (run.options.rate > 0) return;
    for (unsigned i = 0; i < run.group_count; i++) {
        group *g = &run.groups[i];
        while (can_send(g)) send_message(g, run.now);
        client_flush(g->first);
    }
}

static void report_wrong(const uint8_t *message, size_t length) {
    if (run.wrong++ > 0) return;
    fprintf(stderr, "load: unexpected message %.*s, wanted %.*s\n", (int)(length < 200 ? length : 200),
            (const char *)message, (int)(run.answer.length < 200 ? run.answer.length : 200),
            (const char *)run.answer.data);
}

void traffic_received(client *c, const uint8_t *message, size_t length) {
    group *g = c->group;
    if (!g || c->received == g->sent || length != run.answer.length || memcmp(message, run.answer.data, length) != 0) {
        report_wrong(message, length);
        return;
    }
    flight *f = &g->flights[c->received++ & g->mask];
    if (run.measuring) {
        run.messages++;
        c->counted++;
        histogram_add(&run.latency, run.now > f->sent_at ? run.now - f->sent_at : 0);
    }
    one_delivered(g, f);
}

void traffic_member_lost(client *c) {
    group *g = c->group;
    g->living--;
    // What is sent from here on does not count this member; what this frees may be sent at once.
    uint64_t end = g->sent;
    while (c->received < end) one_delivered(g, &g->flights[c->received++ & g->mask]);
    c->group = NULL;
}

void traffic_pace(void) {
    static uint64_t due;
    static unsigned next;
    uint64_t interval = (uint64_t)(1e9 / run.options.rate);
    run.now = now_ns();
    if (due == 0) due = run.now;
    while (due <= run.now) {
        unsigned tried = 0;
        while (tried < run.group_count && !can_send(&run.groups[next])) {
            next = (next + 1) % run.group_count;
            tried++;
        }
        if (tried == run.group_count) return; // every pipeline is full; what is late stays due, and its latency tells
        group *g = &run.groups[next];
        send_message(g, due);
        client_flush(g->first);
        next = (next + 1) % run.group_count;
        due += interval ? interval : 1;
    }
}
