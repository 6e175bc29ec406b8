import TestSupport
import Testing

@testable import SIONet

/// A stage that takes nothing for a while.
@Suite(.timeLimit(.minutes(1))) struct PausedConnectionTests {
    /// Takes byte by byte, and pauses behind each `|`.
    private static func setUp(_ stage: TestStage, _ log: Shared<[UInt8]>, _ paused: Shared<LoopBound<TestStage>?>) {
        paused.change { $0 = LoopBound(stage, to: stage.connection.core.loop) }
        stage.take = { [unowned stage] window in
            let byte = window.bytes.unsafeLoad(fromByteOffset: 0, as: UInt8.self)
            log.change { $0.append(byte) }
            if byte == UInt8(ascii: "|") { stage.connection.pauseInbound() }
            if window.byteCount > 1 { stage.connection.offerUnreadLater() }
            return 1
        }
    }

    private func withStage(
        _ body:
            @escaping @Sendable (RawClient, Shared<[UInt8]>, @escaping @Sendable () async -> Void) async throws -> Void
    ) async throws {
        let log = Shared<[UInt8]>([])
        let paused = Shared<LoopBound<TestStage>?>(nil)
        try await withListener(accepted: { Self.setUp($0, log, paused) }) { _, port in
            let client = try RawClient(port: port)
            try await body(client, log) {
                guard let stage = paused.value else { return }
                await stage.loop.call { stage.value.connection.resumeInbound() }
            }
            client.close()
            if let stage = paused.value { await stage.loop.call { stage.value.connection.abort() } }
            paused.change { $0 = nil }
        }
    }

    private static func text(_ log: Shared<[UInt8]>) -> String { String(decoding: log.value, as: UTF8.self) }

    @Test func `what was read stays where it is, and comes behind the pause`() async throws {
        try await withStage { client, log, resume in
            client.send("ab|cd|e")
            #expect(await eventually { Self.text(log) == "ab|" })
            client.send("fg")
            await resume()
            #expect(await eventually { Self.text(log) == "ab|cd|" })
            await resume()
            #expect(await eventually { Self.text(log) == "ab|cd|efg" })
            client.send("h|")
            #expect(await eventually { Self.text(log) == "ab|cd|efgh|" })
        }
    }

    @Test func `resuming what is not paused, and pausing twice, do nothing`() async throws {
        try await withStage { client, log, resume in
            client.send("a")
            #expect(await eventually { Self.text(log) == "a" })
            await resume()
            client.send("|")
            #expect(await eventually { Self.text(log) == "a|" })
            client.send("b")
            await resume()
            await resume()
            #expect(await eventually { Self.text(log) == "a|b" })
        }
    }

    @Test func `the peer's end is noticed behind the pause`() async throws {
        try await withStage { client, log, resume in
            client.send("|x")
            #expect(await eventually { Self.text(log) == "|" })
            client.close()
            await resume()
            #expect(await eventually { Self.text(log) == "|x" })
        }
    }
}
