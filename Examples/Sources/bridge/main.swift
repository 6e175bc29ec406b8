// A bridge from a room to a file: each event becomes a line of JSON.
//
// usage: bridge URL ROOM FILE
import Glibc
import SocketIOClient

let arguments = CommandLine.arguments
guard arguments.count == 4 else { fatalError("usage: bridge URL ROOM FILE") }
let descriptor = open(arguments[3], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
guard descriptor >= 0 else { fatalError("\(arguments[3]) cannot be written") }

/// One event as a line.
struct Line: Encodable {
    var event: String
    var arguments: [RawJSON]
}

let socket = try ClientSocket.make(arguments[1])
let room = arguments[2]
socket.on(.connect) {
    if !socket.recovered { try socket.emit("join", room) }
    print("bridging \(room)")
}
socket.onAny { event, arguments in
    // One write a line, so that lines stay whole.
    let line = try RawJSON(encoding: Line(event: event, arguments: arguments.values)).bytes + [UInt8(ascii: "\n")]
    guard write(descriptor, line, line.count) == line.count else { throw WriteFailed() }
}

struct WriteFailed: Error {}

try await socket.ready()
for await _ in socket.events("go away", as: String.self) {}
