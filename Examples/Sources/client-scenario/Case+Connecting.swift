import SocketIOClient

extension Suite.Case {
    static let connecting = [
        Suite.Case("connects, tells the server its auth, and hears what the server says at once") { world in
            let auth: JSONValue = ["token": "abc", "n": [1, nil, "€"]]
            let socket = try world.socket(auth: .value(auth))
            let heard = socket.hearing("auth")
            try await socket.ready()
            try equal(await heard.next().all, [auth])
            try check(socket.connected && socket.active && socket.id != nil, "it is not connected")
        },
        Suite.Case("auth is made anew for each attempt") { world in
            let socket = try world.socket(
                auth: .each { () async throws -> JSONValue in
                    try await Task.sleep(for: .milliseconds(5))
                    return ["now": "later"]
                })
            let heard = socket.hearing("auth")
            for _ in 0..<2 {
                try await socket.ready()
                try equal(await heard.next().all, [["now": "later"]])
                socket.disconnect()
            }
        },
        Suite.Case("uses the transport that is wanted") { world in
            let socket = try await world.connected()
            let wanted = world.options.transport == .polling ? "polling" : "websocket"
            try await wait {
                let answer: JSONValue = try await socket.emitWithAck("whoami")
                try equal(answer["id"]?.stringValue, socket.id, "the id")
                let name = answer["transport"]?.stringValue
                if world.options.transport != .upgrade { try equal(name, wanted, "the transport") }
                return name == wanted
            }
        },
        Suite.Case("a refusal has the server's words and data, and the connection serves others") { world in
            let manager = try world.manager()
            let closed = try world.socket("/closed", on: manager)
            let open = try world.socket(on: manager)
            do {
                try await closed.ready()
                throw Failure("it was let in")
            } catch let failure as ConnectFailure {
                try equal(failure.code, .refused)
                try equal(failure.message, "not allowed")
                try equal(failure.data?.decode(JSONValue.self), ["retry": false], "the data")
            }
            try check(!closed.active && !closed.connected, "it tries again")
            try await open.ready()
            try equal(await open.emitWithAck("message-with-ack", "here"), "here")
        },
        Suite.Case("a namespace that is not there is refused") { world in
            let socket = try world.socket("/nowhere")
            do {
                try await socket.ready()
                throw Failure("it was let in")
            } catch let failure as ConnectFailure {
                try equal(failure.code, .refused)
            }
        },
        Suite.Case("two namespaces share a connection, and do not mix") { world in
            let manager = try world.manager()
            let opened = Heard<Void>()
            manager.on(.open) { opened.note(()) }
            let root = try world.socket(on: manager)
            let custom = try world.socket("/custom", on: manager)
            let (atRoot, atCustom) = (root.hearing("message-back"), custom.hearing("message-back"))
            try await root.ready()
            try await custom.ready()
            try check(root.id != custom.id, "both have one id")
            try custom.emit("message", "custom")
            try root.emit("message", "root")
            try equal(await atCustom.next().all, ["custom"])
            try equal(await atRoot.next().all, ["root"])
            // One leaves, the other stays.
            await custom.close()
            try equal(await root.emitWithAck("message-with-ack", 1), 1)
            try await custom.ready()
            try equal(await custom.emitWithAck("message-with-ack", 2), 2)
            try equal(opened.count, 1, "the number of connections")
        },
        Suite.Case("a scope connects, and what it says has left when it is over") { world in
            let socket = try world.socket()
            let reply: Int = try await withSocket(socket) { try await $0.emitWithAck("measure", "four") }
            try equal(reply, 4)
            try check(!socket.connected && !socket.active, "it is still connected")
        },
    ]

    /// With TLS alone.
    static let secure = [
        Suite.Case("a server that cannot prove who it is is not talked to") { world in
            let manager = try world.manager {
                $0.tls = nil
                $0.reconnection = false
            }
            do {
                try await world.socket(on: manager).ready()
                throw Failure("it was believed")
            } catch let failure as ConnectFailure {
                try equal(failure.code, .transport)
                try check("\(failure)".contains("certificate"), "it says: \(failure)")
            }
        }
    ]
}
