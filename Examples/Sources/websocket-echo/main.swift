// A WebSocket server that sends back what it gets, and nothing else; or a client that does so.
//
// usage: websocket-echo [--port P]        serves on the port, 9001 if none is given
//        websocket-echo --connect URL     connects, and sends back what it gets until the server has had enough
//
// These are the two programs that the Autobahn test suite wants to talk to: see scripts/autobahn.
import WebSocket

/// What stands behind an option.
func option(_ name: String) -> String? {
    let arguments = CommandLine.arguments
    guard let place = arguments.firstIndex(of: "--\(name)"), place + 1 < arguments.count else { return nil }
    return arguments[place + 1]
}

@Sendable func echo(_ socket: WebSocket) async throws {
    for try await message in socket { try await socket.send(message) }
}

var options = WebSocket.Options()
options.maxMessageSize = 32 * 1024 * 1024
// The suite cuts messages into more parts than anybody else.
options.maxFragments = 1_000_000
options.perMessageDeflate = PerMessageDeflate()

if let address = option("connect") {
    var configuration = WebSocket.ConnectOptions()
    configuration.socket = options
    do {
        try await WebSocket.withConnection(to: address, options: configuration, echo)
    } catch {
        print(error)
    }
} else {
    var configuration = WebSocketServer.Configuration()
    configuration.socket = options
    configuration.origins = .any
    let server = WebSocketServer(configuration)
    server.on(path: "/", echo)
    let addresses = try await server.listen(port: option("port").flatMap { Int($0) } ?? 9001)
    print("listening on \(addresses.map(\.description).joined(separator: ", "))")
    _ = await TerminationSignal.next()
    await server.close()
}
