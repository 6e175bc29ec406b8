// A bot: it listens in a room, and answers whoever calls it.
//
// The server relays `message`s to the room `room`, with who says it and what. `!echo TEXT` is sent back, `!count` is the
// number of messages that the bot has heard.
//
// usage: bot URL [NAME]
import SocketIOClient
import Synchronization

let arguments = CommandLine.arguments
guard arguments.count > 1 else { fatalError("usage: bot URL [NAME]") }
let name = arguments.count > 2 ? arguments[2] : "bot"

let socket = try ClientSocket.make(arguments[1])
let heard = Mutex(0)

socket.on(.connect) {
    // Rooms are forgotten with the connection, unless the server recovers it.
    if !socket.recovered { try socket.emit("join", "room") }
    print("\(name) listens")
}
socket.on(.disconnect) { reason in print("lost: \(reason)") }
socket.on("message") { (speaker: String, text: String) in
    guard speaker != name else { return }
    let count = heard.withLock { count in
        count += 1
        return count
    }
    if text.hasPrefix("!echo ") {
        try socket.emit("message", name, String(text.dropFirst("!echo ".count)))
    } else if text == "!count" {
        try socket.emit("message", name, "\(count) messages")
    }
}

socket.connect()
// As long as it is not told to go.
for await _ in socket.events("go away", as: String.self) {}
