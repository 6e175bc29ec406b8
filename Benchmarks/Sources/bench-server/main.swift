// The server that is measured, its handlers written as users write them.
//
// usage: bench-server [--port P] [--loops N] [--max-payload BYTES] [--ping-interval MS] [--ping-timeout MS]
//                     [--deflate] [--msgpack] [--tls CERTIFICATE KEY] [--rows]
// What the events do is told in Benchmarks/README.md; --rows adds those that few rows use.
import Documents
import SocketIO

/// The number behind an option, or the default.
func option(_ name: String, default value: Int) -> Int {
    let arguments = CommandLine.arguments
    guard let place = arguments.firstIndex(of: "--\(name)"), place + 1 < arguments.count else { return value }
    return Int(arguments[place + 1]) ?? value
}

/// The words behind an option; nil without it.
func words(_ name: String, _ count: Int) -> [String]? {
    let arguments = CommandLine.arguments
    guard let place = arguments.firstIndex(of: "--\(name)"), place + count < arguments.count else { return nil }
    return Array(arguments[(place + 1)...].prefix(count))
}

var configuration = Server.Configuration()
configuration.maxHttpBufferSize = option("max-payload", default: configuration.maxHttpBufferSize)
configuration.pingInterval = .milliseconds(option("ping-interval", default: 25_000))
configuration.pingTimeout = .milliseconds(option("ping-timeout", default: 20_000))
if words("deflate", 0) != nil { configuration.perMessageDeflate = PerMessageDeflate() }
if words("msgpack", 0) != nil { configuration.parser = .messagePack }
let tls = try words("tls", 2).map {
    try TLSContext(TLSConfiguration(certificateChain: .file($0[0]), privateKey: .file($0[1])))
}

enum Rooms {
    /// Made once, and only if somebody joins: writing names is no part of what joining costs.
    static let names = (0..<100_000).map { "room \($0)" }
}

/// Whether each socket has the handlers that few rows use: an idle connection would pay for them with memory.
let hasFurtherRows = words("rows", 0) != nil

let io = Server(configuration, eventLoops: EventLoopGroup(loops: option("loops", default: 1)))

io.on(.connection) { socket in
    socket.on("echo") { (acknowledge: Acknowledgement?, text: String) in
        if let acknowledge { try acknowledge(text) } else { try socket.emit("echo", text) }
    }
    socket.on("chat") { (text: String) in try io.emit("chat", text) }
    socket.on("room") { (room: String, text: String) in try io.to(room).emit("room", text) }
    socket.on("join") { (room: String) in socket.join(room) }
    socket.on("leave") { (room: String) in socket.leave(room) }
    if hasFurtherRows { addFurtherRows(to: socket) }
}

@Sendable func addFurtherRows(to socket: Socket) {
    socket.on("binary") { (bytes: [UInt8]) in try socket.emit("binary", bytes) }
    socket.on("take") { (_: ChatMessage) in }
    socket.on("take feed") { (_: Feed) in }
    socket.on("take any") { (_: JSONValue) in }

    // One socket in and out of many rooms; every socket in and out of one.
    socket.on("rooms") { (count: Int) in
        for name in Rooms.names.prefix(count) { socket.join(name) }
        for name in Rooms.names.prefix(count) { socket.leave(name) }
        return count
    }
    socket.on("everybody") { (room: String) in
        io.socketsJoin(room)
        io.socketsLeave(room)
        return room
    }
}

try await io.listen(host: "127.0.0.1", port: option("port", default: 3000), tls: tls)
_ = await TerminationSignal.next()
