import SocketIO
import SocketIOClient
import SocketIOTesting
import TestSupport
import Testing

/// Loops that all tests share.
enum Loops {
    static let servers = EventLoopGroup(loops: 2)
    static let clients = EventLoopGroup(loops: 2)
}

/// A server, and clients that reach it without ports.
struct World: Sendable {
    let io: Server
    let pair: InProcess
    /// What the tests' handlers noted.
    let notes = Mailbox<String>()

    init(
        server configure: (inout Server.Configuration) -> Void = { _ in },
        client: (inout Manager.Configuration) -> Void = { _ in }
    ) {
        var configuration = Server.Configuration()
        configuration.serveClient = false
        configure(&configuration)
        io = Server(configuration, eventLoops: Loops.servers)
        pair = InProcess(io, Self.fast(client))
    }

    /// A client that does not wait long before it connects again.
    static func fast(_ configure: (inout Manager.Configuration) -> Void = { _ in }) -> Manager.Configuration {
        var manager = Manager.Configuration()
        manager.loops = Loops.clients
        manager.reconnectionDelay = .milliseconds(10)
        manager.reconnectionDelayMax = .milliseconds(40)
        configure(&manager)
        return manager
    }

    /// Runs the body with a world, and ends it.
    static func run(
        server: (inout Server.Configuration) -> Void = { _ in },
        client: (inout Manager.Configuration) -> Void = { _ in },
        _ body: (World) async throws -> Void
    ) async throws {
        let world = World(server: server, client: client)
        do {
            try await body(world)
        } catch {
            await world.io.close()
            throw error
        }
        await world.io.close()
    }

    /// Has every client's events answered that the tests send.
    func answerAll() {
        io.on(.connection) { socket in
            socket.on("echo") { (text: String) in text }
            socket.on("sum") { (a: Int, b: Int) in a + b }
            socket.on("bytes") { (bytes: [UInt8]) in Array(bytes.reversed()) }
            socket.on("id") { () in socket.id }
            socket.on("note") { (text: String) in notes.push(text) }
            socket.on("say") { (text: String) in try socket.emit("said", text) }
            socket.on("drop") { () in socket.disconnect(close: true) }
            socket.on("leave") { () in socket.disconnect() }
            socket.on("silence") { (acknowledgement: Acknowledgement?, text: String) in notes.push(text) }
        }
    }
}
