// One run of the load: its options, its counters, and the verbs its parts call of each other.
#ifndef RUN_H
#define RUN_H

#include "conn.h"
#include "measure.h"

/// What the messages of a run do.
typedef enum {
    work_messages, ///< groups of clients: the first of each sends, all of it receive
    work_idle,     ///< connections are opened and held
    work_connect,  ///< connections are opened, and closed when the server has answered the namespace's CONNECT
} work;

typedef struct {
    const char *name;
    work work;
    bool raw;                 ///< plain WebSocket: no Engine.IO, no Socket.IO
    bool greets;              ///< raw: a message goes to and fro before the connection counts as opened
    bool polling;             ///< HTTP long-polling instead of WebSocket
    bool joins;               ///< each client joins its group's room first
    bool packs;               ///< packets are MessagePack: `request` and `answer` name events whose argument is the payload
    bool attaches;            ///< the payload follows as a binary message, in the request and in the answer
    bool alone;               ///< unless --senders says otherwise, one client sends and the others look on
    const char *path;         ///< unless --path says otherwise; with %r for the room's number
    const char *request;      ///< with %s for the payload, %a for an acknowledgement's id, %r for
                              ///< the room's number, %n for --count
    const char *last;         ///< the last request of a batch, the one that is answered; NULL: like all others
    const char *answer;       ///< what every member of the group must receive, byte for byte
    enum { group_one, group_room, group_all } group; ///< who receives a message
} mode;

typedef struct {
    const mode *mode;
    const char *path, *payload_file;
    int port, pid;
    unsigned connections, senders, depth, size, room_size, batch, count;
    double seconds, warm_up, rate;
    uint64_t messages; ///< instead of a time: how many are sent in all, each awaited (0: as many as the time allows)
    bool deflate, tls, heartbeats, quickack;
} options;

/// One message on its way.
typedef struct {
    uint64_t sent_at; ///< with a fixed rate: when it was due
    unsigned missing; ///< members that have not received it yet
} flight;

/// One message after another differs, as each answer must: so an answer that is missing, or comes twice, is not taken for
/// another's. Message k is variant k % variants, in the payload's last letter and in the acknowledgement's id.
enum { variants = 8 };

/// A request as it is sent.
typedef struct {
    bytes text;   ///< as an Engine.IO packet, terminated
    bytes frames; ///< as WebSocket frames
} request;

/// Clients that receive the same messages; the first of them sends.
typedef struct {
    struct client *first;
    unsigned size;        ///< members, living or lost
    unsigned living;
    bool sends;
    uint64_t sent, completed; ///< messages; completed ones have reached every member
    uint64_t outstanding; ///< deliveries: what all members together have yet to receive
    flight *flights;      ///< a ring: message k is in flights[k & mask]
    uint64_t mask;
    const request *requests; ///< one a variant
} group;

typedef enum {
    phase_closed,
    phase_handshake, ///< the upgrade, or polling's first request, is out
    phase_open,      ///< awaiting Engine.IO's open packet
    phase_namespace, ///< awaiting Socket.IO's CONNECT
    phase_joining,   ///< awaiting the echo sent behind the request to join a room
    phase_ready,
    phase_lost,
} phase;

typedef struct client {
    phase phase;
    unsigned index;
    conn main;            ///< the WebSocket, or the connection of polling's GETs
    conn post;            ///< the connection of polling's POSTs
    bool posting;         ///< a POST is out: what is sent meanwhile waits in `outbox`
    bool awaits_binary;   ///< the answer's text has come, its attachment not yet
    bytes outbox;
    struct inflater *inflater; ///< NULL where nothing is compressed
    char sid[64];
    group *group;
    uint64_t received;    ///< the number of the next message of the group that this client must receive
    uint64_t counted;     ///< received within the measured window: messages, or pings where idle
    uint64_t opened_at;
} client;

struct run {
    options options;
    int epoll;
    uint64_t now;         ///< read once an event: as exact as the latencies need
    client *clients;
    group *groups;
    unsigned group_count;
    bytes payloads[variants]; ///< what is sent to and fro
    bytes answers[variants];  ///< what a message must look like when it arrives
    unsigned opened;      ///< clients whose opening has begun
    unsigned ready, lost;
    uint64_t connects;    ///< openings that were answered
    uint64_t begun;       ///< messages sent, or openings begun, in the whole run
    uint64_t completed;   ///< messages that have reached every member of their group, or openings that were answered
    uint64_t outstanding; ///< deliveries of all groups together
    uint64_t messages;    ///< received within the measured window; a batch's answer counts for all of it
    uint64_t requests;    ///< HTTP requests answered within the measured window
    uint64_t pings;       ///< the server's, within the measured window
    uint64_t compressed;  ///< messages that came compressed
    uint64_t wrong;       ///< messages that nobody had asked for, or not what was asked for
    bool measuring;
    bool draining;        ///< nothing is sent any more; what is on its way must still arrive
    histogram latency;
};

/// There is one run a process.
extern struct run run;

/// Reads the command line into `run.options`; ends the process with usage or a reason if it cannot.
void options_read(int count, char **arguments);

/// Prints the one JSON object that a run is for.
void report_print(const struct reading *empty, double opening, const struct reading *from, const struct reading *to);

/// Begins to open a client.
void client_open(client *c);

/// Something happened on a connection.
void conn_ready(conn *c, uint32_t events);

/// The server agreed to the WebSocket.
void client_upgraded(client *c);

/// The server answered a GET: an Engine.IO packet of its body.
void client_packet(client *c, const uint8_t *packet, size_t length);

/// A whole message came in over the WebSocket.
void client_message(client *c, bool binary, const uint8_t *message, size_t length);

/// Queues a GET that waits for the server's packets.
void client_poll(client *c);

/// Queues a packet's text: as a frame, or for the next POST.
void client_send(client *c, const char *text);

/// Sends what is queued. A POST waits for the answer to the one before it.
void client_flush(client *c);

/// Gives up on a client, with a reason and perhaps what the server said: printed once.
void client_lose(client *c, const char *reason, const uint8_t *detail, size_t length);

/// Lays out groups, their requests and the awaited answer.
void traffic_prepare(void);

/// Fills every group's pipeline.
void traffic_start(void);

/// With a fixed rate: sends what is due by now, and returns when the next message is due.
uint64_t traffic_pace(void);

/// Whether --messages forbids another one.
bool traffic_is_spent(void);

/// A message came in.
void traffic_received(client *c, bool binary, const uint8_t *message, size_t length);

/// A member will receive nothing any more.
void traffic_member_lost(client *c);

#endif
