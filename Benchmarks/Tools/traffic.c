// Messages between the clients: who sends what when, what must come back, and how long it took.
#include "deflate.h"
#include "pack.h"
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

static void append_number(bytes *out, unsigned number) {
    char text[16];
    bytes_append(out, text, (size_t)snprintf(text, sizeof text, "%u", number));
}

// Templates have a %s for the payload, an %a for an acknowledgement's id, a %r for the room's number, a %n for --count.
static void fill_in(bytes *out, const char *template, unsigned room, unsigned variant) {
    for (const char *at = template; *at; at++) {
        char letter = at[0] == '%' ? at[1] : 0;
        if (letter == 's') bytes_append(out, run.payloads[variant].data, run.payloads[variant].length);
        else if (letter == 'a') append_number(out, variant);
        else if (letter == 'r') append_number(out, room);
        else if (letter == 'n') append_number(out, run.options.count);
        else bytes_append(out, at, 1);
        if (letter) at++;
    }
}

static void append_frame(bytes *out, unsigned opcode, const uint8_t *message, size_t length) {
    bytes compressed = {0};
    if (run.options.deflate) {
        deflate_message(&compressed, message, length);
        opcode |= compressed_bit;
        message = compressed.data;
        length = compressed.length;
    }
    out->length += frame_write(bytes_reserve(out, length + frame_header_limit), opcode, message, length);
    free(compressed.data);
}

static void prepare_request(request *r, unsigned room, unsigned variant) {
    const mode *m = run.options.mode;
    for (unsigned i = 1; i <= run.options.batch; i++) {
        r->text.length = 0;
        if (m->packs) {
            pack_event(&r->text, m->request, &run.payloads[variant]);
            append_frame(&r->frames, opcode_binary, r->text.data, r->text.length);
            continue;
        }
        fill_in(&r->text, i == run.options.batch && m->last ? m->last : m->request, room, variant);
        append_frame(&r->frames, opcode_text, r->text.data, r->text.length);
        const bytes *payload = &run.payloads[variant];
        if (m->attaches) append_frame(&r->frames, opcode_binary, payload->data, payload->length);
    }
    bytes_append(&r->text, "", 1); // client_send wants it terminated
}

static const request *prepare_requests(unsigned room) {
    request *requests = allocate(variants, sizeof *requests);
    for (unsigned i = 0; i < variants; i++) prepare_request(&requests[i], room, i);
    return requests;
}

static void prepare_group(group *g, unsigned number, unsigned size) {
    const options *o = &run.options;
    g->first = &run.clients[number * size];
    unsigned left = o->connections - number * size;
    g->size = g->living = left < size ? left : size;
    g->sends = number < o->senders;
    for (unsigned i = 0; i < g->size; i++) g->first[i].group = g;
    if (!g->sends) return;
    uint64_t capacity = 1, wanted = o->depth * (g->size > 1 ? (uint64_t)laggards_may_miss : 1);
    while (capacity < wanted) capacity *= 2;
    g->mask = capacity - 1;
    g->flights = allocate(capacity, sizeof *g->flights);

    // A group of one sends what every other such group sends, too.
    bool own = number == 0 || o->mode->joins;
    g->requests = own ? prepare_requests(number) : run.groups[0].requests;
}

static void read_file(bytes *out, const char *path) {
    FILE *file = fopen(path, "r");
    if (!file) {
        fprintf(stderr, "load: --payload-file %s: ", path);
        perror("");
        exit(1);
    }
    for (size_t got = 1; got > 0; out->length += got) got = fread(bytes_reserve(out, 65536), 1, 65536, file);
    fclose(file);
}

static void prepare_payload(bytes *payload, unsigned variant) {
    const options *o = &run.options;
    if (o->payload_file) read_file(payload, o->payload_file);
    else for (unsigned i = 0; i < o->size; i++) bytes_append(payload, "x", 1);
    // What is a whole JSON value, rather than the inside of a string, stays as it is: its answer has an id.
    if (!o->mode->last && payload->length > 0) payload->data[payload->length - 1] = (uint8_t)('a' + variant);
}

void traffic_prepare(void) {
    const options *o = &run.options;
    run.clients = allocate(o->connections, sizeof *run.clients);
    for (unsigned i = 0; i < o->connections; i++) {
        run.clients[i].index = i;
        run.clients[i].main.fd = run.clients[i].post.fd = -1;
    }
    if (o->mode->work != work_messages) return;
    for (unsigned i = 0; i < variants; i++) {
        prepare_payload(&run.payloads[i], i);
        if (o->mode->packs) pack_event(&run.answers[i], o->mode->answer, &run.payloads[i]);
        else fill_in(&run.answers[i], o->mode->answer, 0, i);
    }
    unsigned size = o->mode->group == group_one ? 1 : o->mode->group == group_room ? o->room_size : o->connections;
    run.group_count = (o->connections + size - 1) / size;
    run.groups = allocate(run.group_count, sizeof *run.groups);
    for (unsigned i = 0; i < run.group_count; i++) prepare_group(&run.groups[i], i, size);
}

bool traffic_is_spent(void) { return run.options.messages > 0 && run.begun >= run.options.messages; }

// Depth counts deliveries, not messages: a group has room for the next message when its members together have received
// as many as a message has receivers. So a deep broadcast flows, where waiting for the last member would send in bursts.
static bool can_send(const group *g) {
    return g->sends && !run.draining && g->first->phase == phase_ready && !traffic_is_spent() && g->outstanding + g->living <= (uint64_t)run.options.depth * g->living
           && g->sent - g->completed <= g->mask;
}

static void send_message(group *g, uint64_t at) {
    const request *r = &g->requests[g->sent % variants];
    g->flights[g->sent++ & g->mask] = (flight){at, g->living};
    g->outstanding += g->living;
    run.outstanding += g->living;
    run.begun++;
    client *c = g->first;
    if (run.options.mode->polling) client_send(c, (const char *)r->text.data);
    else bytes_append(&c->main.out, r->frames.data, r->frames.length);
}

// The sender of a larger group sends at once, each message by itself, as callers of emit do at moments of their own.
// A client that answers its own echoes sends what one read allowed together: conn_readable flushes it.
static void one_delivered(group *g, flight *f) {
    g->outstanding--;
    run.outstanding--;
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

static void report_wrong(const client *c, const uint8_t *message, size_t length) {
    if (run.wrong++ > 0) return;
    const bytes *wanted = &run.answers[c->received % variants];
    fprintf(stderr, "load: unexpected message of %zu bytes: %.*s, wanted %.*s\n", length,
            (int)(length < 200 ? length : 200), (const char *)message,
            (int)(wanted->length < 200 ? wanted->length : 200), (const char *)wanted->data);
}

static bool is_awaited(const client *c, bool binary, const uint8_t *message, size_t length) {
    if (!c->group || c->received == c->group->sent) return false;
    if (binary != (c->awaits_binary || run.options.mode->packs)) return false;
    const bytes *wanted = c->awaits_binary ? &run.payloads[c->received % variants] : &run.answers[c->received % variants];
    return length == wanted->length && memcmp(message, wanted->data, length) == 0;
}

void traffic_received(client *c, bool binary, const uint8_t *message, size_t length) {
    group *g = c->group;
    if (!is_awaited(c, binary, message, length)) {
        report_wrong(c, message, length);
        return;
    }
    if (run.options.mode->attaches) {
        c->awaits_binary = !binary;
        if (!binary) return;
    }
    flight *f = &g->flights[c->received++ & g->mask];
    if (run.measuring) {
        run.messages += run.options.batch;
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

uint64_t traffic_pace(void) {
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
        if (tried == run.group_count) break; // every pipeline is full; what is late stays due, and its latency tells
        group *g = &run.groups[next];
        send_message(g, due);
        client_flush(g->first);
        next = (next + 1) % run.group_count;
        due += interval ? interval : 1;
    }
    return due;
}
