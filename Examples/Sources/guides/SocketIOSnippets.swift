// Written by scripts/guides, from the guides in Sources/SocketIO/SocketIO.docc.
import SocketIO

enum DeliveryGuaranteesSnippets {
    static func snippet1(io: Server, socket: Socket) async throws {
        do {
            let stored: Bool = try await socket.timeout(.seconds(5)).emitWithAck("invoice", 17)
            print("stored:", stored)
        } catch let error as AcknowledgementError {
            print("nobody knows whether it arrived:", error)
        }
    }

    static func snippet2(io: Server, socket: Socket) async throws {
        let stored: Bool = try await socket.retries(3).timeout(.seconds(2)).emitWithAck("invoice", "id-17", 17)
        print("stored:", stored)
    }

    static func snippet3(io: Server, socket: Socket) async throws {
        let orders = Deduplicator<String, String>()

        io.on(.connection) { socket in
            socket.on("order") { (id: String, item: String) in
                try await orders.once(id) { try await shop.place(item) }
            }
        }
    }

    static func snippet4(io: Server, socket: Socket) async throws {
        var configuration = Server.Configuration()
        configuration.connectionStateRecovery = ConnectionStateRecovery()
        let io = Server(configuration)

        io.on(.connection) { socket in
            if !socket.recovered { socket.join("lobby") }
            socket.on("chat message") { (text: String) in try io.to("lobby").emit("chat message", text) }
        }
    }
}

enum DeploymentSnippets {
    static func snippet1(io: Server, socket: Socket) async throws {
        let io = Server(eventLoops: EventLoopGroup(loops: 2))
        try await io.listen(host: "127.0.0.1", port: 3000)
    }

    static func snippet2(io: Server, socket: Socket) async throws {
        io.http.on("/health") { _ in .text("\(io.clientsCount) clients\n") }
        io.http.serveFiles(of: "Public")
    }

    static func snippet3(io: Server, socket: Socket) async throws {
        try await io.listen(port: 3000)
        _ = await TerminationSignal.next()
        await io.close()
    }

    static func snippet4(io: Server, socket: Socket) async throws {
        await io.drain(within: .seconds(20))
    }

    static func snippet5(io: Server, socket: Socket) async throws {
        var configuration = Server.Configuration()
        configuration.trustedProxies = .hops(1)
        let io = Server(configuration)
        try await io.listen(host: "127.0.0.1", port: 3000)
    }

    static func snippet6(io: Server, socket: Socket) async throws {
        var configuration = Server.Configuration()
        configuration.transports = [.websocket]
        let io = Server(configuration)
        try await io.listen(port: 3000)
    }

    static func snippet7(io: Server, socket: Socket) async throws {
        let io = Server(.init(adapter: .cluster { member in Broker(delivering: member) }))

        try io.emit("hello", "clients of all servers")
        try io.serverSideEmit("reload", "other servers")
        io.onServerSideEmit("reload") { (what: String) in print(what) }
        print(try await io.serverCount(), "servers,", try await io.countSockets(), "clients")
    }
}

enum EventsAndAcknowledgementsSnippets {
    static func snippet1(io: Server, socket: Socket) async throws {
        struct Move: Codable {
            var x: Int
            var y: Int
        }

        socket.on("move") { (move: Move) in print(move.x, move.y) }
        socket.on("rename") { (name: String, color: String?) in print(name, color ?? "black") }
        socket.on("upload") { (file: [UInt8], name: String) in print(name, file.count) }
        socket.once("ready") { () in print("only the first time") }
    }

    static func snippet2(io: Server, socket: Socket) async throws {
        io.onError { error in print("something failed:", error) }
    }

    static func snippet3(io: Server, socket: Socket) async throws {
        try socket.emit("news", "It rains", ["place": "London"])
        try socket.emit("picture", [UInt8]([0x89, 0x50, 0x4E, 0x47]))
    }

    static func snippet4(io: Server, socket: Socket) async throws {
        enum Chat {
            static let message = Event<String, Int>("chat message")
            static let history = Event<Int>.Acknowledged<[String]>("history")
        }

        socket.on(Chat.message) { text, room in print(text, room) }
        socket.on(Chat.history) { count in ["the last", "\(count)"] }
        try socket.emit(Chat.message, "hello", 7)
    }

    static func snippet5(io: Server, socket: Socket) async throws {
        socket.on("double") { (number: Int) in number * 2 }
        socket.on("lookup") { (name: String) async throws -> Int in try await users.find(name).age }
        socket.on("save") { (acknowledge: Acknowledgement?, text: String) in
            print("saving", text)
            try acknowledge?("saved")
        }
    }

    static func snippet6(io: Server, socket: Socket) async throws {
        let name: String = try await socket.emitWithAck("name?")
        let lines = try await socket.timeout(.seconds(5)).emitWithAck(Chat.history, 42)
        print(name, lines.count)
    }

    static func snippet7(io: Server, socket: Socket) async throws {
        for await (text, count) in socket.events("line", as: String.self, Int.self) {
            print(text, count)
        }
    }

    static func snippet8(io: Server, socket: Socket) async throws {
        socket.onAny { event, arguments in print("<-", event, arguments.count) }
        socket.onAnyOutgoing { event, arguments in print("->", event, arguments.count) }
        socket.use { event, arguments in
            guard event != "forbidden" else { throw ConnectError("not here") }
        }
    }
}

enum GettingStartedSnippets {
    static func snippet1(io: Server, socket: Socket) async throws {

        let io = Server()

        io.on(.connection) { socket in
            print("hello,", socket.id)

            socket.on("chat message") { (text: String) in
                try io.emit("chat message", text)
            }

            socket.on(.disconnect) { reason in
                print("goodbye,", socket.id, reason)
            }
        }

        io.http.serveFiles(of: "Public")
        try await io.listen(port: 3000)
        _ = await TerminationSignal.next()
        await io.close()
    }

    static func snippet2(io: Server, socket: Socket) async throws {
        io.on(.connection) { socket in
            socket.on("sum") { (a: Int, b: Int) in a + b }
        }
    }
}

enum MigratingFromNodeSnippets {
    static func snippet1(io: Server, socket: Socket) async throws {
        var configuration = Server.Configuration()
        configuration.pingTimeout = .seconds(10)
        let io = Server(configuration)

        io.use { socket in
            let auth = try socket.handshake.auth.decode(TokenHolder.self)
            guard let user = await users.owner(of: auth.token) else { throw ConnectError("unauthorized") }
            socket.data[User.self] = user
        }

        io.on(.connection) { socket in
            socket.on("join") { (room: String) in
                socket.join(room)
                try socket.to(room).emit("joined", socket.data[User.self]?.name)
                return ["rooms": socket.rooms.sorted()]
            }
        }

        try await io.listen(port: 3000)
    }
}

enum NamespacesAndMiddlewareSnippets {
    static func snippet1(io: Server, socket: Socket) async throws {
        let admin = io.of("/admin")
        admin.on(.connection) { socket in
            try admin.emit("joined", socket.id)
        }
    }

    static func snippet2(io: Server, socket: Socket) async throws {
        struct Credentials: Codable {
            var token: String
        }

        io.of("/admin").use { socket in
            let credentials: Credentials = try socket.handshake.auth.decode()
            guard let user = await users.owner(of: credentials.token) else {
                throw ConnectError("unauthorized", data: ["retry": false])
            }
            socket.data[User.self] = user
        }
    }

    static func snippet3(io: Server, socket: Socket) async throws {
        let workspaces = io.of(matching: /\/workspace-\d+/)
        workspaces.on(.connection) { socket in
            print("somebody came to", socket.namespace.name)
        }

        io.of(where: { name, auth in await users.mayUse(name) }).on(.connection) { socket in
            try socket.namespace.emit("hello", socket.id)
        }
    }
}

enum RoomsAndBroadcastsSnippets {
    static func snippet1(io: Server, socket: Socket) async throws {
        socket.join("lobby", "news")
        socket.leave("news")
        print(socket.rooms)  // its own id, and "lobby"
    }

    static func snippet2(io: Server, socket: Socket) async throws {
        try io.emit("hello", "everybody")
        try io.to("lobby").emit("hello", "those in the lobby")
        try io.to("a", "b").except("muted").emit("hello", "each once, though it is in both rooms")
        try socket.broadcast.emit("hello", "everybody but this one")
        try socket.to("lobby").emit("hello", "the lobby but this one")
        try io.to(socket.id).emit("hello", "one client")
    }

    static func snippet3(io: Server, socket: Socket) async throws {
        try io.to("game").volatile.emit("position", 3, 4)
        try io.compress(false).emit("picture", [UInt8](repeating: 0, count: 9))
        try io.local.emit("notice", "only the clients of this server")
    }

    static func snippet4(io: Server, socket: Socket) async throws {
        let vote = Event<String>.Acknowledged<Bool>("vote")
        do {
            let votes = try await io.to("council").timeout(.seconds(10)).emitWithAck(vote, "more tea?")
            print(votes.filter { $0 }.count, "of", votes.count)
        } catch let timeout as BroadcastTimeout {
            print("only", timeout.responses.count, "answered")
        }
    }

    static func snippet5(io: Server, socket: Socket) async throws {
        io.in("lobby").socketsJoin("game")
        io.in("game").socketsLeave("lobby")
        io.in("cheaters").disconnectSockets()
        let players = try await io.in("game").countSockets()
        for player in try await io.in("game").fetchSockets() {
            print(player.id, player.rooms)
            try player.emit("welcome", players)
        }
    }

    static func snippet6(io: Server, socket: Socket) async throws {
        socket.data[User.self] = User(name: "Ada", age: 36)
        print(socket.data[User.self]?.name ?? "nobody")
    }

    static func snippet7(io: Server, socket: Socket) async throws {
        io.onRoomEvent { event in print(event.room) }
    }
}

enum SecuritySnippets {
    static func snippet1(io: Server, socket: Socket) async throws {
        io.use { socket in
            let token: String = try socket.handshake.auth.decode(TokenHolder.self).token
            guard await users.owner(of: token) != nil else { throw ConnectError("unauthorized") }
        }
    }

    static func snippet2(io: Server, socket: Socket) async throws {
        struct Token: Sendable { var text: String }

        io.on(.connection) { socket in
            socket.use { [weak socket] event, _ async throws -> Void in
                guard event != "renew", let token = socket?.data[Token.self]?.text else { return }
                guard await users.owner(of: token) != nil else { throw ConnectError("token expired") }
            }
            socket.onError { [weak socket] _ in try socket?.emit("token expired") }
            socket.on("renew") { [weak socket] (token: String) in socket?.data[Token.self] = Token(text: token) }
        }
    }

    static func snippet3(io: Server, socket: Socket) async throws {
        var configuration = Server.Configuration()
        configuration.cors = CORS(origins: .these(["https://app.example"]))
        let io = Server(configuration)
        try await io.listen(port: 3000)
    }

    static func snippet4(io: Server, socket: Socket) async throws {
        var configuration = Server.Configuration()
        configuration.webSocketOrigins = .any
        let io = Server(configuration)
        try await io.listen(port: 3000)
    }

    static func snippet5(io: Server, socket: Socket) async throws {
        var configuration = TLSConfiguration(certificateChain: .file("fullchain.pem"), privateKey: .file("privkey.pem"))
        configuration.minimumVersion = .tls13
        let tls = try TLSContext(configuration)
        try await io.listen(port: 443, tls: tls)

        // Once the files are new ones; connections that are there keep theirs.
        try tls.reload()
    }

    static func snippet6(io: Server, socket: Socket) async throws {
        var configuration = Server.Configuration()
        configuration.trustedProxies = .addresses(["127.0.0.1", "10.0.0.0/8"])
        let io = Server(configuration)
        try await io.listen(port: 3000)
    }
}

enum SocketIOSnippets {
    static func snippet1(io: Server, socket: Socket) async throws {

        let io = Server()

        io.on(.connection) { socket in
            socket.on("chat message") { (text: String) in
                try io.emit("chat message", text)
            }
        }

        try await io.listen(port: 3000)
    }
}
