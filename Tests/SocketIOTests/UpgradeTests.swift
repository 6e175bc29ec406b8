import TestSupport
import Testing

@testable import SocketIO

/// Sessions that move to a WebSocket while they are used.
@Suite(.serialized, .timeLimit(.minutes(2))) struct UpgradeTests {
    @Test(arguments: [1, 3])
    func `a WebSocket may replace polling in the middle of broadcasts, and nothing is lost`(loops: Int) async throws {
        let count = 600
        try await TestServer.run(loops: loops) { server in
            let results = Mailbox<[String]>()
            let port = server.port
            for number in 0..<6 {
                startThread {
                    let packets = try? UpgradingClient(port: port).run(until: count - 1, polls: 3 + number % 3)
                    results.push(packets ?? [])
                }
            }
            #expect(await eventually { server.io.sockets.socketsCount == 6 })
            for number in 0..<count {
                try server.io.emit("n", number, String(repeating: "x", count: number % 300))
                if number % 3 == 0 { try await Task.sleep(for: .milliseconds(1)) }
            }
            let expected = (0..<count).map { #"2["n",\#($0),"\#(String(repeating: "x", count: $0 % 300))"]"# }
            for _ in 0..<6 { #expect(try await results.next() == expected) }
        }
    }
}
