// The server that the protocol's test suites expect: an Engine.IO echo server on /engine.io/, and a Socket.IO server on
// /socket.io/ that sends back what it gets.
//
// usage: conformance-server --port P --ping-interval MS --ping-timeout MS --max-payload N --connect-timeout MS
//                           [--deflate-threshold N]   permessage-deflate for messages of N bytes or more
//                           [--allow-eio3]            clients of Engine.IO 3, too
import EngineIO
import SocketIO

/// The number behind an option, or the default.
func option(_ name: String, default value: Int) -> Int {
    let arguments = CommandLine.arguments
    guard let place = arguments.firstIndex(of: "--\(name)"), place + 1 < arguments.count else { return value }
    return Int(arguments[place + 1]) ?? value
}

var configuration = Server.Configuration(cors: .any)
configuration.pingInterval = .milliseconds(option("ping-interval", default: 300))
configuration.pingTimeout = .milliseconds(option("ping-timeout", default: 200))
configuration.maxHttpBufferSize = option("max-payload", default: 1_000_000)
configuration.connectTimeout = .milliseconds(option("connect-timeout", default: 1000))

configuration.allowEIO3 = CommandLine.arguments.contains("--allow-eio3")

let threshold = option("deflate-threshold", default: -1)
if threshold >= 0 {
    configuration.perMessageDeflate = PerMessageDeflate()
    configuration.perMessageDeflate?.threshold = threshold
}

let io = Server(configuration)

io.on(.connection) { socket in
    try? socket.emit("auth", socket.handshake.auth)
    socket.on("message", raw: { arguments, _ in try socket.emit("message-back", arguments: arguments) })
    socket.on("message-with-ack", raw: { arguments, acknowledge in acknowledge?(arguments: arguments) })
}
io.of("/custom").on(.connection) { socket in
    try? socket.emit("auth", socket.handshake.auth)
}

var engineConfiguration = configuration.engine
engineConfiguration.path = "/engine.io"
let engine = EngineServer(engineConfiguration)
engine.onConnection { socket in
    socket.onMessage { socket.send($0) }
}

engine.mount(on: io.http)
let addresses = try await io.listen(port: option("port", default: 3000))
print("listening on \(addresses.map(\.description).joined(separator: ", "))")

_ = await TerminationSignal.next()
await engine.close()
await io.close()
