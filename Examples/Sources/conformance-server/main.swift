// The server that the protocol's test suites expect: an Engine.IO echo server on /engine.io/, and a Socket.IO server on
// /socket.io/ that sends back what it gets.
//
// usage: conformance-server --port P --ping-interval MS --ping-timeout MS --max-payload N --connect-timeout MS
import EngineIO

/// The number behind an option, or the default.
func option(_ name: String, default value: Int) -> Int {
    let arguments = CommandLine.arguments
    guard let place = arguments.firstIndex(of: "--\(name)"), place + 1 < arguments.count else { return value }
    return Int(arguments[place + 1]) ?? value
}

var engineConfiguration = EngineServer.Configuration()
engineConfiguration.pingInterval = .milliseconds(option("ping-interval", default: 300))
engineConfiguration.pingTimeout = .milliseconds(option("ping-timeout", default: 200))
engineConfiguration.maxHttpBufferSize = option("max-payload", default: 1_000_000)
engineConfiguration.cors = .any

let engine = EngineServer(engineConfiguration)
engine.onConnection { socket in
    socket.onMessage { socket.send($0) }
}

let http = HTTPServer()
engine.mount(on: http)
try await http.listen(port: option("port", default: 3000))
print("listening on \(http.addresses.map(\.description).joined(separator: ", "))")
_ = await TerminationSignal.next()
