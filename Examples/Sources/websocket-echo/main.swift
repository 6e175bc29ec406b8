// A WebSocket server that sends back what it gets, and nothing else.
//
// usage: websocket-echo [--port P] [--max-message-size N]
//
// The Autobahn test suite against it: wstest -m fuzzingclient -s spec.json, where spec.json names ws://127.0.0.1:9001.
import WebSocket

/// The number behind an option, or the default.
func option(_ name: String, default value: Int) -> Int {
    let arguments = CommandLine.arguments
    guard let place = arguments.firstIndex(of: "--\(name)"), place + 1 < arguments.count else { return value }
    return Int(arguments[place + 1]) ?? value
}

var configuration = WebSocketServer.Configuration()
configuration.origins = .any
configuration.socket.maxMessageSize = option("max-message-size", default: 32 * 1024 * 1024)
// The suite cuts messages into more parts than anybody else.
configuration.socket.maxFragments = 1_000_000
configuration.socket.perMessageDeflate = PerMessageDeflate()

let server = WebSocketServer(configuration)
server.on(path: "/") { socket in
    for try await message in socket { try await socket.send(message) }
}
let addresses = try await server.listen(port: option("port", default: 9001))
print("listening on \(addresses.map(\.description).joined(separator: ", "))")

_ = await TerminationSignal.next()
await server.close()
