// The server that is measured.
//
// usage: bench-server --port P --loops N
// events: `echo` (text) is emitted back, or acknowledged with when an acknowledgement is asked for; `chat` (text) goes
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
    socket.on("echo") { (acknowledge: Acknowledgement?, text: String) in
        if let acknowledge { try acknowledge(text) } else { try socket.emit("echo", text) }
    }
    socket.on("chat") { (text: String) in try io.emit("chat", text) }
    socket.on("room") { (room: String, data: RawJSON) in try io.to(room).emit("room", data) }
    socket.on("join") { (room: String) in socket.join(room) }
    socket.on("leave") { (room: String) in socket.leave(room) }
}

try await io.listen(host: "127.0.0.1", port: option("port", default: 3000))
_ = await TerminationSignal.next()
