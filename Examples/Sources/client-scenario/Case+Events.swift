import SocketIOClient

extension Suite.Case {
    /// Arguments that every server and both parsers can carry.
    static func values() throws -> [Arguments] {
        let blob = (0..<70_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        return try [
            Arguments(),
            Arguments(1),
            Arguments("a", 2, Bool?.none, true, 1.5),
            Arguments([0, -1, 127, 128, -32_769, 4_294_967_296, 9_007_199_254_740_991, -9_007_199_254_740_991]),
            Arguments([0.1, -2.5e-9, 1e300]),
            Arguments(JSONValue.object(["b": [1, ["c": []]], "": nil, "é\"\\": "x"]), [[String]()]),
            Arguments("€ ünï 🎉 \u{2028} \u{0} \\ \" \n", ""),
            Arguments([UInt8]()),
            Arguments(blob, "between", [UInt8]([0, 255])),
            Arguments(JSONValue.object(["a": [.binary([1]), ["b": .binary([2, 3])]], "t": "text"])),
        ]
    }

    static let events = [
        Suite.Case("events carry all kinds of values both ways") { world in
            let socket = try await world.connected()
            let heard = socket.hearing("message-back")
            for arguments in try values() {
                try socket.emit("message", arguments: arguments)
                try equal(await heard.next().all, arguments.all)
            }
        },
        Suite.Case("events are typed") { world in
            struct Message: Codable, Equatable { var text: String, at: [Int], bytes: [UInt8]? }
            let message = Message(text: "hello", at: [1, 2], bytes: [9, 8])
            let socket = try await world.connected()
            let heard = Heard<String>()
            socket.on("message-back") { (again: Message, number: Int, missing: String?) in
                heard.note("\(again == message) \(number) \(missing ?? "nil")")
            }
            try socket.emit("message", message, 7)
            try equal(await heard.next(), "true 7 nil")
        },
        Suite.Case("the server acknowledges, at once or later, with all kinds of values") { world in
            let socket = try await world.connected()
            for arguments in try values() where arguments.count > 0 {
                let reply: JSONValue = try await socket.emitWithAck("message-with-ack", arguments: arguments)
                try equal(reply, arguments.all[0])
            }
            // Those that are asked later are answered first.
            async let slow: String = socket.emitWithAck("later", 150, "slow")
            async let quick: String = socket.emitWithAck("later", 1, "quick")
            try equal(await [slow, quick], ["slow", "quick"])
        },
        Suite.Case("the client acknowledges, at once or later") { world in
            let socket = try await world.connected()
            let heard = socket.hearing("answered")
            let listener = socket.on("question") { (value: JSONValue) in ["at once": value] }
            try socket.emit("ask", 1)
            try equal(await heard.next().all, [["at once": 1]])
            listener.off()
            socket.on("question") { (value: [UInt8]) async throws -> [UInt8] in
                try await Task.sleep(for: .milliseconds(20))
                return value.reversed()
            }
            try socket.emit("ask", [UInt8]([1, 2, 3]))
            try equal(await heard.next().all, [.binary([3, 2, 1])])
        },
        Suite.Case("a message of 300 KiB goes both ways, as text and as bytes") { world in
            let socket = try await world.connected()
            let count = 300 * 1024
            let heard = socket.hearing("big")
            try socket.emit("big", count)
            try equal(await heard.next().all.first?.stringValue?.utf8.count, count)
            try equal(await socket.emitWithAck("measure", String(repeating: "y", count: count)), count)
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) }
            let back: [UInt8] = try await socket.emitWithAck("message-with-ack", bytes)
            try check(back == bytes, "other bytes came back")
        },
        Suite.Case("500 events arrive in order, both ways") { world in
            let socket = try world.socket()
            let back = socket.hearing("message-back")
            let burst = socket.hearing("burst")
            // They begin before there is a connection, and go on while it is upgraded.
            for number in 0..<250 { try socket.emit("message", number) }
            try await socket.ready()
            for number in 250..<500 { try socket.emit("message", number) }
            try socket.emit("burst", 500)
            for number in 0..<500 { try equal(await back.next().decode(0, as: Int.self), number) }
            for number in 0..<500 { try equal(await burst.next().decode(0, as: Int.self), number) }
        },
        Suite.Case("what is volatile is dropped without a connection, and arrives with one") { world in
            let socket = try world.socket()
            let heard = socket.hearing("message-back")
            try socket.volatile.emit("message", "dropped")
            do {
                let _: String = try await socket.volatile.emitWithAck("message-with-ack", "dropped")
                throw Failure("it was answered")
            } catch let error as AcknowledgementError {
                try equal(error.code, .dropped)
            }
            try socket.emit("message", "kept")
            try await socket.ready()
            try equal(await heard.next().all, ["kept"])
            let sender = Task {
                // A transport that is busy lets it be dropped, too.
                while !Task.isCancelled {
                    try socket.volatile.emit("message", "volatile")
                    try await Task.sleep(for: .milliseconds(20))
                }
            }
            defer { sender.cancel() }
            try equal(await heard.next().all, ["volatile"])
        },
        Suite.Case("an answer that does not come is given up in time, or by whoever waits") { world in
            let socket = try await world.connected()
            let began = ContinuousClock.now
            do {
                let _: String = try await socket.timeout(.milliseconds(100)).emitWithAck("nobody listens", 1)
                throw Failure("it was answered")
            } catch let error as AcknowledgementError {
                try equal(error.code, .timedOut)
                try check(.now - began >= .milliseconds(100), "it was given up too early")
            }
            let task = Task { () -> String in try await socket.emitWithAck("nobody listens", 2) }
            try await Task.sleep(for: .milliseconds(10))
            task.cancel()
            do {
                _ = try await task.value
                throw Failure("it was answered")
            } catch is CancellationError {}
            try equal(await socket.emitWithAck("message-with-ack", "still here"), "still here")
        },
    ]
}
