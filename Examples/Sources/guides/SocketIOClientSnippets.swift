// Written by scripts/guides, from the guides in Sources/SocketIOClient/SocketIOClient.docc.
import SocketIOClient

enum SocketIOClientSnippets {
    static func snippet1(socket: ClientSocket, options: inout Manager.Configuration) async throws {

        try await withSocket("https://chat.example/team", auth: .value(["token": "s3cret"])) { socket in
            try socket.emit("chat message", "hello")
            for await text in socket.events("chat message", as: String.self) { print(text) }
        }
    }

    static func snippet2(socket: ClientSocket, options: inout Manager.Configuration) async throws {
        let socket = try ClientSocket.make("https://chat.example/team")
        socket.on(.connect) { print("connected as", socket.id ?? "") }
        socket.on(.disconnect) { reason in print(reason, socket.active ? "- it comes back" : "- for good") }
        socket.on("chat message") { (text: String) in print(text) }
        socket.connect()
    }

    static func snippet3(socket: ClientSocket, options: inout Manager.Configuration) async throws {
        socket.on("sum") { (a: Int, b: Int) in a + b }
        socket.on("lookup") { (name: String) async throws -> String in name.uppercased() }
        let history: [String] = try await socket.timeout(.seconds(5)).emitWithAck("history", 42)
        print(history)
    }

    static func snippet4(socket: ClientSocket, options: inout Manager.Configuration) async throws {
        enum Chat {
            static let message = Event<String, String>("chat message")
        }
        for await (name, text) in socket.events(Chat.message) { print(name, text) }
    }

    static func snippet5(socket: ClientSocket, options: inout Manager.Configuration) async throws {
        var configuration = ClientSocket.Configuration()
        configuration.retries = 5
        configuration.ackTimeout = .seconds(10)
        let careful = try ClientSocket.make("https://chat.example/orders", configuration)
        try careful.emit("order", ["id": "4711"])
    }

    static func snippet6(socket: ClientSocket, options: inout Manager.Configuration) async throws {
        socket.on(.disconnect) { reason, error in
            print(reason, error?.closeCode ?? error?.status ?? 0, error?.description ?? "")
            // A server that had the socket leave is taken at its word, until you ask for another connection.
            if reason == .serverDisconnect { socket.connect() }
        }
        socket.once(.connect) { print("connected for the first time") }
    }

    static func snippet7(socket: ClientSocket, options: inout Manager.Configuration) async throws {
        let auth = ClientSocket.Auth.each { ["token": try await refreshedToken()] }
        let socket = try ClientSocket.make("https://chat.example/admin", .init(auth: auth))
        do {
            try await socket.ready()
        } catch let failure as ConnectFailure where failure.code == .refused {
            print("refused:", failure.message)
        }
    }

    static func snippet8(socket: ClientSocket, options: inout Manager.Configuration) async throws {
        var options = Manager.Configuration()
        options.transports = [.websocket]
        options.reconnectionDelayMax = .seconds(30)
        options.extraHeaders["authorization"] = "Bearer s3cret"
        let manager = try Manager("wss://chat.example", options)
        manager.socket("/news").connect()
        manager.on(.reconnectAttempt) { number in print("attempt", number) }
    }

    static func snippet9(socket: ClientSocket, options: inout Manager.Configuration) async throws {
        socket.manager.reconnectionDelayMax = .seconds(60)
        socket.manager.reconnection = true
        socket.manager.reconnectNow()
    }

    static func snippet10(socket: ClientSocket, options: inout Manager.Configuration) async throws {
        var tls = TLSClientConfiguration()
        tls.trustRoots = .certificates(.file("authority.pem"))
        tls.identity = TLSIdentity(pkcs12: .file("alice.p12"), passphrase: "s3cret")
        options.tls = try TLSClientContext(tls)
    }
}
