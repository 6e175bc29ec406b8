import TestSupport
import Testing

@testable import SocketIO

/// A value that sends while it is encoded, and so while another packet is put together.
@Suite(.serialized, .timeLimit(.minutes(2))) struct NestedSendingTests {
    struct Failure: Error {}

    @Test func `a value that sends while it is encoded leaves both packets whole`() async throws {
        try await TestServer.run { server in
            let sockets = server.sockets()
            let client = try await server.client()
            let socket = try await sockets.next()
            let value = Encoding {
                try socket.emit("inner", [1, 2] as [UInt8], 1)
                try socket.emit("inner", Encoding { try socket.emit("innermost", String(repeating: "x", count: 5000)) })
                try server.io.emit("all", "é")
            }
            let expected: [Incoming] = [
                .text(#"51-["inner",{"_placeholder":true,"num":0},1]"#), .binary([1, 2]),
                .text(#"2["innermost","\#(String(repeating: "x", count: 5000))"]"#),
                .text(#"2["inner",["before","behind"]]"#), .text(#"2["all","é"]"#),
                .text(#"51-["outer",{"_placeholder":true,"num":0},["before","behind"],"end"]"#), .binary([9]),
            ]
            for isOnLoop in [true, false] {
                let send: @Sendable () -> Result<Void, any Error> = {
                    Result { try socket.emit("outer", [9] as [UInt8], value, "end") }
                }
                if isOnLoop { try await socket.loop.call(send).get() } else { try send().get() }
                for incoming in expected { #expect(try await client.nextIncoming() == incoming) }
            }
            // One that cannot be encoded takes back nothing of the other.
            let failing = Encoding {
                try socket.emit("inner")
                throw Failure()
            }
            let failed = await socket.loop.call { (try? socket.emit("outer", [9] as [UInt8], failing)) == nil }
            #expect(failed)
            #expect(try await client.next() == #"2["inner"]"#)
            try await socket.loop.call { Result { try socket.emit("next", 1) } }.get()
            #expect(try await client.next() == #"2["next",1]"#)
        }
    }
}
