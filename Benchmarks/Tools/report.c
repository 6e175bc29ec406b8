// What a run tells: one JSON object.
#include "run.h"

#include <stdio.h>

// Clients that are there but received nothing in the window: messages or pings were lost, or the server starves some.
static unsigned silent_clients(void) {
    unsigned silent = 0;
    bool idle = run.options.mode->work == work_idle;
    if (run.options.mode->work == work_connect || (idle && !run.options.heartbeats)) return 0;
    for (unsigned i = 0; i < run.options.connections; i++) {
        const client *c = &run.clients[i];
        silent += c->phase == phase_ready && c->counted == 0 && (idle || c->group->sends);
    }
    return silent;
}

static void print_server(const reading *empty, const reading *from, const reading *to) {
    double cpu = to->server.cpu_seconds - from->server.cpu_seconds, window = seconds_between(from->at, to->at);
    uint64_t switches = to->server.context_switches - from->server.context_switches;
    printf(",\"cpu_cores\":%.4f", cpu / window);
    if (run.messages > 0) {
        printf(",\"cpu_us_per_message\":%.4f", cpu * 1e6 / (double)run.messages);
        printf(",\"context_switches_per_message\":%.4f", (double)switches / (double)run.messages);
    }
    if (run.requests > 0) printf(",\"cpu_us_per_request\":%.4f", cpu * 1e6 / (double)run.requests);
    printf(",\"rss_before_kib\":%ld,\"rss_after_kib\":%ld", empty->server.resident_kib, to->server.resident_kib);
    long grown = to->server.resident_kib - empty->server.resident_kib;
    if (run.ready > 0) printf(",\"kib_per_connection\":%.3f", (double)grown / run.ready);
}

void report_print(const reading *empty, double opening, const reading *from, const reading *to) {
    const options *o = &run.options;
    // A server that agreed to compress and does not is measured at something else.
    // Where only the last of a batch is answered, the answer is too short to be compressed.
    if (o->deflate && o->mode->work == work_messages && !o->mode->last && run.compressed == 0) run.wrong++;
    double window = seconds_between(from->at, to->at);
    bool connecting = o->mode->work == work_connect;
    double connects = connecting ? (double)(to->connects - from->connects) / window
                      : opening > 0 ? (double)run.connects / opening : 0;
    printf("{\"mode\":\"%s\",\"connections\":%u,\"depth\":%u,\"size\":%u", o->mode->name, o->connections, o->depth,
           o->payload_file ? (unsigned)run.payloads[0].length : o->size);
    if (o->batch > 1) printf(",\"batch\":%u", o->batch);
    if (o->rate > 0) printf(",\"rate\":%g", o->rate);
    if (o->mode->group == group_room) printf(",\"room_size\":%u", o->room_size);
    printf(",\"seconds\":%.3f,\"messages\":%llu", window, (unsigned long long)run.messages);
    printf(",\"messages_per_second\":%.1f", (double)run.messages / window);
    printf(",\"p50_us\":%.1f,\"p99_us\":%.1f,\"p999_us\":%.1f", histogram_percentile(&run.latency, .5),
           histogram_percentile(&run.latency, .99), histogram_percentile(&run.latency, .999));
    printf(",\"opening_seconds\":%.3f,\"connections_per_second\":%.1f", opening, connects);
    if (o->pid) print_server(empty, from, to);
    if (run.pings > 0) printf(",\"pings\":%llu", (unsigned long long)run.pings);
    if (o->mode->polling) printf(",\"requests_per_second\":%.1f", (double)run.requests / window);
    printf(",\"load_cores\":%.3f", (to->self.cpu_seconds - from->self.cpu_seconds) / window);
    printf(",\"dead\":%u,\"wrong\":%llu,\"silent\":%u,\"unanswered\":%llu}\n", run.lost,
           (unsigned long long)run.wrong, silent_clients(), (unsigned long long)run.outstanding);
}
