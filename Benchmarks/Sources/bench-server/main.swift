// The server that is measured.
//
// usage: bench-server --port P --loops N
// events: `echo` emits its arguments back, or acknowledges with them when an acknowledgement is asked for; `chat` (data) goes
// to everybody; `room` (room, data) to the room; `join` and `leave` (room). Everything else is ignored.
import SocketIO

/// The number behind an option, or the default.
func option(_ name: String, default value: Int) -> Int {
    let arguments = CommandLine.arguments
    guard let place = arguments.firstIndex(of: "--\(name)"), place + 1 < arguments.count else { return value }
    return Int(arguments[place + 1]) ?? value
}

let io = Server(eventLoops: EventLoopGroup(loops: option("loops", default: 1)))

io.on(.connection) { socket in
    socket.on(
        "echo",
        raw: { arguments, acknowledge in
            if let acknowledge {
                try acknowledge(arguments: arguments)
            } else {
                try socket.emit("echo", arguments: arguments)
            }
        })
    socket.on("chat") { (data: RawJSON) in try io.emit("chat", data) }
    socket.on("room") { (room: String, data: RawJSON) in try io.to(room).emit("room", data) }
    socket.on("join") { (room: String) in socket.join(room) }
    socket.on("leave") { (room: String) in socket.leave(room) }
}

try await io.listen(host: "127.0.0.1", port: option("port", default: 3000))
_ = await TerminationSignal.next()
