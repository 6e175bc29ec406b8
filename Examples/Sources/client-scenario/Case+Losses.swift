import SocketIOClient

extension Suite.Case {
    static let losses = [
        Suite.Case("the server has the socket leave; it comes back when it is asked to") { world in
            let socket = try await world.connected()
            let first = socket.id
            let gone = socket.hearingDisconnects()
            // What was asked before fails.
            async let lost: String = socket.emitWithAck("nobody listens")
            try socket.emit("kick")
            try equal(await gone.next(), .serverDisconnect)
            try check(!socket.active && socket.id == nil, "it connects by itself")
            do {
                _ = try await lost
                throw Failure("it was answered")
            } catch let error as AcknowledgementError {
                try equal(error.code, .disconnected)
            }
            try await socket.ready()
            try check(socket.id != nil && socket.id != first, "it has the id of before")
            try equal(await socket.emitWithAck("message-with-ack", "back"), "back")
        },
        Suite.Case("the server drops the connection, for a message that is too big; the socket comes back by itself") {
            world in
            let manager = try world.manager()
            let (attempts, back) = (Heard<Int>(), Heard<Int>())
            manager.on(.reconnectAttempt) { attempts.note($0) }
            manager.on(.reconnect) { back.note($0) }
            let socket = try world.socket(on: manager)
            let custom = try world.socket("/custom", on: manager)
            let (gone, customGone) = (socket.hearingDisconnects(), custom.hearingDisconnects())
            let heard = socket.hearing("message-back")
            try await socket.ready()
            try await custom.ready()
            let first = socket.id
            try socket.emit("measure", String(repeating: "z", count: 3_000_000))
            let reason = try await gone.next()
            try check([.transportClose, .transportError].contains(reason), "the reason is \(reason)")
            try equal(await customGone.next(), reason)
            // What is sent meanwhile waits.
            for number in 0..<10 { try socket.emit("message", number) }
            try check(socket.active, "it does not come back")
            try equal(await attempts.next(), 1)
            try equal(await back.next(), 1)
            for number in 0..<10 { try equal(await heard.next().decode(0, as: Int.self), number) }
            try check(socket.id != first && socket.connected, "it is the connection of before")
            try await wait { custom.connected }
            try equal(await custom.emitWithAck("message-with-ack", "both"), "both")
        },
        Suite.Case("who leaves is told so, and what is sent behind it waits for the next connection") { world in
            let socket = try await world.connected()
            let gone = socket.hearingDisconnects()
            let heard = socket.hearing("message-back")
            socket.disconnect()
            try equal(await gone.next(), .clientDisconnect)
            try socket.emit("message", "waits")
            try await socket.ready()
            try equal(await heard.next().all, ["waits"])
        },
    ]
}
