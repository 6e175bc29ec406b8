// The load's modes and its command line.
#include "run.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WEBSOCKET_PATH "/socket.io/?EIO=4&transport=websocket"
#define POLLING_PATH "/socket.io/?EIO=4&transport=polling"
#define PLACEHOLDER(event) "451-[\"" event "\",{\"_placeholder\":true,\"num\":0}]"

static const mode modes[] = {
    {.name = "echo", .path = WEBSOCKET_PATH, .request = "42[\"echo\",\"%s\"]", .answer = "42[\"echo\",\"%s\"]"},
    {.name = "ack", .path = WEBSOCKET_PATH, .request = "42%a[\"echo\",\"%s\"]", .answer = "43%a[\"%s\"]"},
    {.name = "polling", .polling = true, .path = POLLING_PATH, .request = "42[\"echo\",\"%s\"]",
     .answer = "42[\"echo\",\"%s\"]"},
    {.name = "broadcast", .path = WEBSOCKET_PATH, .group = group_all, .request = "42[\"chat\",\"%s\"]",
     .answer = "42[\"chat\",\"%s\"]"},
    {.name = "room", .path = WEBSOCKET_PATH, .group = group_room, .joins = true,
     .request = "42[\"room\",\"%r\",\"%s\"]", .answer = "42[\"room\",\"%s\"]"},
    {.name = "binary", .path = WEBSOCKET_PATH, .attaches = true, .request = PLACEHOLDER("binary"),
     .answer = PLACEHOLDER("binary")},
    {.name = "pack", .packs = true, .path = WEBSOCKET_PATH, .request = "echo", .answer = "echo"},
    {.name = "take", .path = WEBSOCKET_PATH, .request = "42[\"take\",%s]", .last = "42%a[\"take\",%s]", .answer = "43%a[]"},
    {.name = "take-feed", .path = WEBSOCKET_PATH, .request = "42[\"take feed\",%s]", .last = "42%a[\"take feed\",%s]",
     .answer = "43%a[]"},
    {.name = "take-any", .path = WEBSOCKET_PATH, .request = "42[\"take any\",%s]", .last = "42%a[\"take any\",%s]",
     .answer = "43%a[]"},
    {.name = "rooms", .path = WEBSOCKET_PATH, .alone = true, .request = "42%a[\"rooms\",%n]", .answer = "43%a[%n]"},
    {.name = "everybody", .path = WEBSOCKET_PATH, .alone = true, .request = "42%a[\"everybody\",\"all\"]",
     .answer = "43%a[\"all\"]"},
    {.name = "idle", .path = WEBSOCKET_PATH, .work = work_idle},
    {.name = "connect", .path = WEBSOCKET_PATH, .work = work_connect},
    {.name = "raw", .raw = true, .path = "/", .request = "%s", .answer = "%s"},
    {.name = "raw-broadcast", .raw = true, .greets = true, .path = "/chat", .group = group_all, .request = "%s", .answer = "%s"},
    {.name = "raw-listen", .raw = true, .path = "/listen", .group = group_all, .request = "%s", .answer = "%s"},
    {.name = "raw-room", .raw = true, .greets = true, .path = "/room/%r", .group = group_room, .request = "%s", .answer = "%s"},
    {.name = "raw-idle", .raw = true, .path = "/", .work = work_idle},
    {.name = "raw-connect", .raw = true, .path = "/", .work = work_connect},
    {.name = "raw-connect-echo", .raw = true, .greets = true, .path = "/", .work = work_connect},
};

static const char usage[] =
    "usage: load --port N [options]          a load on a Socket.IO server at 127.0.0.1, from one thread\n"
    "  --mode M         echo (default): each client emits `echo` and awaits it back\n"
    "                   ack: the same, with an acknowledgement;   polling: echo by HTTP long-polling\n"
    "                   broadcast: one client emits `chat`, all receive it\n"
    "                   room: clients join rooms; the first of each emits `room`, the room receives it\n"
    "                   binary: echo of an attachment;   pack: echo with MessagePack on both ends\n"
    "                   take, take-feed, take-any: --batch events that are decoded, the last of them answered\n"
    "                   rooms: a client has itself taken in and out of --count rooms\n"
    "                   everybody: a client has all clients taken in and out of one\n"
    "                   idle: connections are held;   connect: they are opened and closed, --depth at once\n"
    "                   raw, raw-broadcast, raw-room, raw-idle, raw-connect: plain WebSocket, for the floor\n"
    "                   raw-connect-echo: raw-connect, with a message echoed as a CONNECT would be answered,\n"
    "                   which raw-broadcast and raw-room begin with, too\n"
    "                   raw-listen: raw-broadcast among clients that have said nothing\n"
    "  --connections N  clients (64)              --depth N     messages in flight a client or group (1)\n"
    "  --size N         bytes of payload (64)     --room-size N members of a room (10)\n"
    "  --payload-file F what is sent instead, as it stands within the JSON\n"
    "  --batch N        messages that are sent together, and counted when the last is answered (1)\n"
    "  --senders N      only so many clients or groups send; the others are there (all)\n"
    "  --seconds S      measured time (5)         --warm-up S   before it (1)\n"
    "  --messages N     instead of a time: this many are sent in all, and the run ends when all were answered\n"
    "  --rate N         messages a second in all, evenly spaced; latency counts from when each was due.\n"
    "                   --depth (then 64) still bounds what is in flight\n"
    "  --path P         request target            --pid N       the server, for its CPU and memory\n"
    "  --heartbeats     idle: every client must be pinged within the measured time\n"
    "  --quickack       acknowledges, for TCP, whatever is read at once, not with what is sent next\n"
    "  --deflate        offers permessage-deflate, and compresses;   --tls  speaks TLS, whoever the server is\n"
    "One JSON object goes to standard output.\n";

static void refuse(const char *reason) {
    fprintf(stderr, "load: %s\n", reason);
    exit(2);
}

static double number(const char *text, const char *name, double least, double most) {
    char *end;
    double value = strtod(text, &end);
    if (end != text && *end == 0 && value >= least && value <= most) return value;
    fprintf(stderr, "load: --%s wants a number from %g to %g, not %s\n", name, least, most, text);
    exit(2);
}

static const mode *mode_named(const char *name) {
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++)
        if (strcmp(modes[i].name, name) == 0) return &modes[i];
    fprintf(stderr, "load: no mode %s\n%s", name, usage);
    exit(2);
}

static void complete(options *o) {
    if (o->port == 0) {
        fputs(usage, stderr);
        exit(2);
    }
    if (!o->path) o->path = o->mode->path;
    if (o->senders == 0) o->senders = o->mode->alone ? 1 : o->connections;
    if (o->batch > 1 && !o->mode->last) refuse("--batch is for modes whose events are taken");
    if (strlen(o->path) > 512) refuse("--path is longer than 512 bytes");
    if (o->depth == 0) o->depth = o->rate > 0 ? 64 : 1;
    if (o->mode->work == work_connect) o->connections = o->depth;
    if (o->room_size > o->connections) o->room_size = o->connections;
    if (o->mode->polling && o->deflate) refuse("--deflate is WebSocket's");
    if (o->quickack && (o->mode->polling || o->tls)) refuse("--quickack is for WebSockets without TLS");
    if (o->mode->polling && (double)o->depth * (o->size + 32) > 900000)
        refuse("what --depth polling clients may POST at once exceeds the 1 MB that servers accept");
}

void options_read(int count, char **arguments) {
    options *o = &run.options;
    *o = (options){.mode = &modes[0], .connections = 64, .size = 64, .room_size = 10, .batch = 1,
                   .count = 1000, .seconds = 5, .warm_up = 1};
    static const struct option known[] = {
        {"port", 1, 0, 'p'},  {"mode", 1, 0, 'm'},    {"connections", 1, 0, 'c'}, {"depth", 1, 0, 'd'},
        {"size", 1, 0, 's'},  {"seconds", 1, 0, 't'}, {"warm-up", 1, 0, 'w'},     {"rate", 1, 0, 'r'},
        {"path", 1, 0, 'P'},  {"pid", 1, 0, 'i'},     {"room-size", 1, 0, 'R'},   {"help", 0, 0, 'h'},
        {"messages", 1, 0, 'n'}, {"batch", 1, 0, 'b'},    {"senders", 1, 0, 'S'},     {"count", 1, 0, 'C'},
        {"deflate", 0, 0, 'D'}, {"tls", 0, 0, 'T'},   {"heartbeats", 0, 0, 'H'},  {"payload-file", 1, 0, 'f'},
        {"quickack", 0, 0, 'q'}, {0, 0, 0, 0},
    };
    for (int letter, index = 0; (letter = getopt_long(count, arguments, "", known, &index)) >= 0;) {
        const char *name = known[index].name;
        switch (letter) {
        case 'p': o->port = (int)number(optarg, name, 1, 65535); break;
        case 'm': o->mode = mode_named(optarg); break;
        case 'c': o->connections = (unsigned)number(optarg, name, 1, 1000000); break;
        case 'd': o->depth = (unsigned)number(optarg, name, 1, 65536); break;
        case 's': o->size = (unsigned)number(optarg, name, 1, 4 << 20); break;
        case 't': o->seconds = number(optarg, name, 0.1, 3600); break;
        case 'w': o->warm_up = number(optarg, name, 0, 600); break;
        case 'r': o->rate = number(optarg, name, 0.1, 1e8); break;
        case 'i': o->pid = (int)number(optarg, name, 1, 1 << 30); break;
        case 'R': o->room_size = (unsigned)number(optarg, name, 1, 1000000); break;
        case 'n': o->messages = (uint64_t)number(optarg, name, 1, 1e12); break;
        case 'b': o->batch = (unsigned)number(optarg, name, 1, 4096); break;
        case 'S': o->senders = (unsigned)number(optarg, name, 1, 1000000); break;
        case 'C': o->count = (unsigned)number(optarg, name, 1, 100000); break;
        case 'D': o->deflate = true; break;
        case 'T': o->tls = true; break;
        case 'H': o->heartbeats = true; break;
        case 'q': o->quickack = true; break;
        case 'f': o->payload_file = optarg; break;
        case 'P': o->path = optarg; break;
        case 'h': fputs(usage, stdout); exit(0);
        default: fputs(usage, stderr); exit(2);
        }
    }
    if (optind < count) refuse("arguments are named: see --help");
    complete(o);
}
