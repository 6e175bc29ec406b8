// The server of the scenario tests in Tests/Interop and Tests/Browser: a little of everything that clients do.
//
// usage: scenario-server --port P [--loops N] [--ping-interval MS] [--ping-timeout MS] [--tls CHAIN KEY]
//                        [--deflate-threshold N] [--allow-eio3] [--msgpack] [--trusted-hops N] [--notes FILE]
import Foundation
import SocketIO

/// The number behind an option, or the default.
func option(_ name: String, default value: Int?) -> Int? {
    let arguments = CommandLine.arguments
    guard let place = arguments.firstIndex(of: "--\(name)"), place + 1 < arguments.count else { return value }
    return Int(arguments[place + 1]) ?? value
}

/// Where `note` is written to: opened for appending, so that a line is the system's as soon as it is written.
let notes: FileHandle? = {
    let arguments = CommandLine.arguments
    guard let place = arguments.firstIndex(of: "--notes"), place + 1 < arguments.count else { return nil }
    let descriptor = open(arguments[place + 1], O_WRONLY | O_APPEND | O_CREAT, 0o644)
    return descriptor < 0 ? nil : FileHandle(fileDescriptor: descriptor)
}()

/// What `--tls` says: PEM files with the certificates and the private key.
func tls() throws -> TLSContext? {
    let arguments = CommandLine.arguments
    guard let place = arguments.firstIndex(of: "--tls"), place + 2 < arguments.count else { return nil }
    let (chain, key) = (TLSSource.file(arguments[place + 1]), TLSSource.file(arguments[place + 2]))
    return try TLSContext(TLSConfiguration(certificateChain: chain, privateKey: key))
}

struct Refusal: Codable {
    var retry: Bool
}

struct WhoAmI: Codable, Sendable {
    var id: String
    var transport: String
    var query: [String: String]
    var secure: Bool
    var address: String?
}

struct Failure: Error {}

/// What a socket does on `/` and on `/custom`.
@Sendable func serve(_ socket: Socket) {
    let namespace = socket.namespace
    try? socket.emit("auth", socket.handshake.auth)

    socket.on(
        "echo",
        raw: { arguments, acknowledge in
            if let acknowledge {
                acknowledge(arguments: arguments)
            } else {
                try socket.emit("echo", arguments: arguments)
            }
        })
    socket.on("message", raw: { arguments, _ in try socket.emit("message-back", arguments: arguments) })
    socket.on("message-with-ack", raw: { arguments, acknowledge in acknowledge?(arguments: arguments) })
    socket.on(
        "ask",
        raw: { arguments, _ in
            Task {
                do {
                    let answer: RawJSON = try await socket.timeout(.seconds(2)).emitWithAck(
                        "question", arguments: arguments)
                    try socket.emit("answered", answer)
                } catch is AcknowledgementError {
                    try socket.emit("answered-timeout")
                }
            }
        })

    socket.on("join") { (room: String) in
        socket.join(room)
        return socket.rooms.subtracting([socket.id]).sorted()
    }
    socket.on("leave") { (room: String) in
        socket.leave(room)
        return socket.rooms.subtracting([socket.id]).sorted()
    }
    socket.on(
        "room",
        raw: { arguments, _ in
            try namespace.to(arguments.decode(0, as: String.self)).emit("room", arguments: arguments)
        })
    socket.on(
        "room-others",
        raw: { arguments, _ in
            try socket.to(arguments.decode(0, as: String.self)).emit("room", arguments: arguments)
        })
    socket.on("broadcast", raw: { arguments, _ in try namespace.emit("broadcast", arguments: arguments) })
    socket.on("broadcast-others", raw: { arguments, _ in try socket.broadcast.emit("broadcast", arguments: arguments) })

    socket.on("whoami") {
        WhoAmI(
            id: socket.id, transport: socket.transport?.rawValue ?? "none", query: socket.handshake.query,
            secure: socket.handshake.secure, address: socket.handshake.address?.host)
    }
    socket.on("later") { (milliseconds: Int, value: JSONValue) async throws -> JSONValue in
        try await Task.sleep(for: .milliseconds(milliseconds))
        return value
    }
    // Acknowledged when it is written, and not before.
    socket.on("note") { (name: String, number: Int) in try notes?.write(contentsOf: Data("\(name) \(number)\n".utf8)) }
    socket.on("fail") { () throws -> Void in throw Failure() }
    socket.on("kick") { socket.disconnect() }
    socket.on("kick-all") { socket.disconnect(close: true) }

    socket.on("burst") { (count: Int) in
        for number in 0..<min(count, 100_000) { try socket.emit("burst", number) }
    }
    socket.on("big") { (count: Int) in try socket.emit("big", String(repeating: "x", count: min(count, 900_000))) }
    socket.on("measure") { (data: JSONValue) in data.stringValue?.count ?? data.binaryValue?.count ?? -1 }
    socket.on("binary-burst") { (count: Int, size: Int) in
        for number in 0..<min(count, 10_000) {
            try socket.emit("binary-burst", number, [UInt8](repeating: UInt8(number & 255), count: min(size, 100_000)))
        }
    }
}

let group = EventLoopGroup(loops: option("loops", default: nil))
var configuration = Server.Configuration(cors: .any)
if let interval = option("ping-interval", default: nil) { configuration.pingInterval = .milliseconds(interval) }
if let timeout = option("ping-timeout", default: nil) { configuration.pingTimeout = .milliseconds(timeout) }
if let threshold = option("deflate-threshold", default: nil) {
    configuration.perMessageDeflate = PerMessageDeflate()
    configuration.perMessageDeflate?.threshold = threshold
}
configuration.trustedProxies = .hops(max(0, option("trusted-hops", default: nil) ?? 0))
configuration.allowEIO3 = CommandLine.arguments.contains("--allow-eio3")
if CommandLine.arguments.contains("--msgpack") { configuration.parser = .messagePack }
let io = Server(configuration, eventLoops: group)
io.onError { _ in }
io.on(.connection, serve)
io.of("/custom").on(.connection, serve)
io.of("/closed").use { _ in throw ConnectError("not allowed", data: Refusal(retry: false)) }

let addresses = try await io.listen(port: option("port", default: 3000) ?? 3000, tls: tls())
print("listening on \(addresses.map(\.description).joined(separator: ", "))")
_ = await TerminationSignal.next(on: group)
await io.close()
