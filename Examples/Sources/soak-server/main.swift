// The server of the soak test in Tests/Interop/soak.py: it counts what clients have acknowledged, and tells what it keeps.
//
// usage: soak-server --port P
// GET /stats: {"clients":…,"sockets":…,"errors":…,"handled":[…]}, the last by the number of the client.
import SocketIO
import Synchronization

/// What the server has done for each client, by its number.
final class Ledger: Sendable {
    private let handled = Mutex([Int](repeating: 0, count: 10_000))
    let errors = Atomic<Int>(0)

    func add(_ client: Int) {
        handled.withLock { if $0.indices.contains(client) { $0[client] += 1 } }
    }

    var all: [Int] { handled.withLock { $0 } }
}

struct Stats: Codable {
    var clients: Int
    var sockets: Int
    var errors: Int
    var handled: [Int]
}

let arguments = CommandLine.arguments
let place = arguments.firstIndex(of: "--port").map { $0 + 1 } ?? arguments.count
let port = place < arguments.count ? Int(arguments[place]) ?? 3000 : 3000

var configuration = Server.Configuration()
configuration.pingInterval = .seconds(5)
configuration.pingTimeout = .seconds(10)
configuration.upgradeTimeout = .seconds(10)
configuration.connectTimeout = .seconds(5)
configuration.maxSendBufferSize = 256 * 1024
configuration.cleanupEmptyChildNamespaces = true
var recovery = ConnectionStateRecovery()
recovery.maxDisconnectionDuration = .seconds(10)
recovery.maxPackets = 5000
configuration.connectionStateRecovery = recovery

let io = Server(configuration)
let ledger = Ledger()
io.onError { _ in ledger.errors.add(1, ordering: .relaxed) }
io.on(.connection) { socket in
    socket.on("count") { (client: Int, number: Int) in
        ledger.add(client)
        return number
    }
    socket.on("join") { (room: String) in socket.join(room) }
    socket.on("say") { (room: String, text: String) in try io.to(room).emit("said", text) }
}
io.of(matching: /\/child-\d+/).on(.connection) { socket in
    socket.on("hello") { socket.namespace.name }
}
io.http.on("/stats") { _ in
    let stats = Stats(
        clients: io.clientsCount, sockets: io.sockets.socketsCount, errors: ledger.errors.load(ordering: .relaxed),
        handled: ledger.all)
    return try .json(RawJSON(encoding: stats).bytes)
}
try await io.listen(host: "127.0.0.1", port: port)
print("listening on \(port)")
_ = await TerminationSignal.next()
await io.close()
