// A server that is a client of two servers: what they tell it passes on, and what its clients ask it asks the first of them.
//
// usage: relay PORT UPSTREAM UPSTREAM
import SocketIO
import SocketIOClient

let arguments = CommandLine.arguments
guard arguments.count == 4, let port = Int(arguments[1]) else { fatalError("usage: relay PORT UPSTREAM UPSTREAM") }

let io = Server()
let upstreams = try arguments[2...].map { try ClientSocket.make($0) }

for (number, upstream) in upstreams.enumerated() {
    // As it came: neither decoded nor encoded on the way.
    upstream.on("news", raw: { arguments, _ in try io.emit("news \(number + 1)", arguments: arguments) })
    upstream.on(.disconnect) { reason in try io.emit("upstream lost", number + 1, reason.rawValue) }
    upstream.connect()
}

io.on(.connection) { socket in
    socket.on("ask") { (question: String) async throws -> String in
        try await upstreams[0].timeout(.seconds(5)).emitWithAck("ask", question)
    }
    // To both: what one of them misses while it is away waits for it.
    socket.on("publish") { (text: String) in
        for upstream in upstreams { try upstream.emit("publish", text) }
    }
}

try await io.listen(host: "127.0.0.1", port: port)
print("relaying at http://127.0.0.1:\(port)")
_ = await TerminationSignal.next()
for upstream in upstreams { await upstream.close() }
await io.close()
