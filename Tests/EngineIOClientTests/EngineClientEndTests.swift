import EngineIOProtocol
import Glibc
import SIOHTTP
import Synchronization
import TestSupport
import Testing

@testable import EngineIOClient
@testable import SIONet

/// How sessions end, and what they wait for.
@Suite(.timeLimit(.minutes(1))) struct EngineClientEndTests {
    /// What happened on a server's threads, and what they wait for.
    private final class Steps: Sendable {
        private let done = Shared<Set<String>>([])

        func mark(_ step: String) { done.change { $0.insert(step) } }

        func has(_ step: String) async -> Bool { await eventually { self.done.value.contains(step) } }

        /// Blocks the thread until the step is done, but not for ever.
        func wait(for step: String) {
            for _ in 0..<20_000 where !done.value.contains(step) { usleep(1000) }
        }
    }

    /// Serves polling: GETs with an id are answered behind the step.
    private func poll(_ peer: RawClient, _ head: String, _ steps: Steps, answeredBehind step: String) {
        var head = head
        while !head.isEmpty {
            if head.hasPrefix("POST") {
                peer.send(ok("ok"))
                steps.mark("posted")
            } else if head.contains("sid=") {
                steps.wait(for: step)
                peer.send(ok("6"))
            } else {
                peer.send(ok(handshake(upgrades: "\"websocket\"")))
            }
            head = peer.receiveRequest().head
        }
    }

    @Test func `the end is told when the session's own WebSocket is closed, not one that was given up`() async throws {
        let steps = Steps()
        let texts = Shared<[String]>([])
        let server = try RawServer { peer, _ in
            let head = peer.receiveRequest().head
            guard head.contains("Upgrade: websocket") else {
                return poll(peer, head, steps, answeredBehind: "probed")
            }
            if !head.contains("sid=") {
                // The first one, which is no Engine.IO, and answers the close frame late.
                peer.grantWebSocket(head, RawClient.serverFrame("rubbish"))
                _ = peer.receiveUntilClosing()
                steps.wait(for: "first may go")
            } else {
                peer.grantWebSocket(head)
                _ = peer.receiveMaskedFrame()
                peer.send(RawClient.serverFrame("3probe"))
                steps.mark("probed")
                let seen = peer.receiveUntilClosing()
                texts.change { $0 = seen }
                steps.mark("closing")
                steps.wait(for: "second may go")
            }
            peer.send([0x88, 0])
        }
        try await withClientLoop { loop in
            let options = EngineClientOptions([.websocket, .polling]) { $0.tryAllTransports = true }
            let client = try await loop.client("http://127.0.0.1:\(server.port)", options)
            #expect(await client.has("upgraded"))
            await client.send("hello")
            await client.close()
            #expect(await steps.has("closing"))
            steps.mark("first may go")
            let isGone = await eventually {
                await loop.call { loop.core.liveConnections.load(ordering: .relaxed) == 1 }
            }
            #expect(isGone && !client.now.log.contains("closed"))
            steps.mark("second may go")
            #expect(await client.has("closed"))
            #expect(texts.value == ["5", "4hello"])
        }
    }

    @Test func `closing on polling does not wait for a WebSocket that was given up`() async throws {
        let steps = Steps()
        let server = try RawServer { peer, _ in
            let head = peer.receiveRequest().head
            guard head.contains("Upgrade: websocket") else {
                return poll(peer, head, steps, answeredBehind: "posted")
            }
            peer.grantWebSocket(head)
            _ = peer.receiveMaskedFrame()
            peer.send(RawClient.serverFrame("rubbish"))
            _ = peer.receiveUntilClosing()
            // It never answers the close frame.
            steps.mark("given up")
            steps.wait(for: "over")
        }
        try await withClientLoop { loop in
            let client = try await loop.client("http://127.0.0.1:\(server.port)")
            #expect(await steps.has("given up"))
            await client.close()
            #expect(await eventually(within: .seconds(2)) { client.now.log == ["opened", "closed"] })
            steps.mark("over")
        }
    }

    @Test func `the error that is told is the last transport's`() async throws {
        let server = try RawServer { peer, _ in
            if peer.receiveRequest().head.contains("Upgrade: websocket") {
                return peer.send("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
            }
            peer.send(ok("rubbish"))
            _ = peer.receive()
        }
        try await withClientLoop { loop in
            let options = EngineClientOptions([.websocket, .polling]) { $0.tryAllTransports = true }
            let client = try await loop.client("http://127.0.0.1:\(server.port)", options)
            #expect(await client.has("closed"))
            #expect(client.now.error?.code == .invalidResponse && client.now.error?.phase == .poll)
        }
    }

    @Test(arguments: [EngineClientOptions.Transport.polling, .websocket])
    func `a refusal is told with its fields`(transport: EngineClientOptions.Transport) async throws {
        let server = try RawServer { peer, _ in
            _ = peer.receiveRequest()
            peer.send("HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 4\r\n\r\nbusy")
        }
        try await withClientLoop { loop in
            let client = try await loop.client("http://127.0.0.1:\(server.port)", EngineClientOptions([transport]))
            #expect(await client.has("closed"))
            #expect(client.now.error?.status == 503 && client.now.error?.headers["Retry-After"] == "7")
            #expect(client.now.error?.body == Array("busy".utf8))
        }
    }
}
