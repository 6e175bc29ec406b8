import Glibc
import SIOWebSocket
import TestSupport
import Testing

@testable import EngineIOClient
@testable import SIONet

/// What a client sends, in frames: the first byte of each, and of a text that is not compressed what it says.
@Suite(.timeLimit(.minutes(1))) struct ClientCompressionTests {
    private static let long = String(repeating: "again and ", count: 300)

    /// Sends to the client's server, on the client's loop.
    private func send(_ client: TestClient, _ messages: [(text: String, compress: Bool)]) async {
        await client.call { engine, _ in
            for message in messages {
                engine.send(text: Array(message.text.utf8).span.bytes, compress: message.compress)
            }
        }
    }

    @Test func `a message is compressed unless it says otherwise, where both sides want compression`() async throws {
        let firsts = Shared<[UInt8]>([])
        let server = try RawServer { peer, _ in
            peer.send(
                RawClient.switchingProtocols(peer.receiveRequest().head, deflate: PerMessageDeflate())
                    + RawClient.serverFrame(handshake()))
            while let frame = peer.receiveMaskedFrame(), frame.first != 0x88 {
                firsts.change { $0.append(frame.first) }
            }
        }
        try await withClientLoop { loop in
            let client = try await loop.client("http://127.0.0.1:\(server.port)", EngineClientOptions([.websocket]))
            #expect(await client.has("opened"))
            await send(client, [(Self.long, true), (Self.long, false), ("short", true), (Self.long, true)])
            await client.call { engine, _ in
                let bytes = Array(Self.long.utf8)
                engine.send(binary: bytes.span.bytes)
                engine.send(binary: bytes.span.bytes, compress: false)
            }
            #expect(await eventually { firsts.value.count == 6 })
            #expect(firsts.value == [0xC1, 0x81, 0x81, 0xC1, 0xC2, 0x82])
            await client.close()
        }
    }

    @Test func `a message that must not be compressed is not, whatever waits for an upgrade beside it`() async throws {
        let firsts = Shared<[UInt8]>([])
        let goesOn = Shared(false)
        let server = try RawServer { peer, _ in
            while case let head = peer.receiveRequest().head, !head.isEmpty {
                if head.contains("Upgrade: websocket") {
                    peer.send(RawClient.switchingProtocols(head, deflate: PerMessageDeflate()))
                    guard peer.receiveMaskedFrame() != nil else { return }
                    peer.send(RawClient.serverFrame("3probe"))
                    while let frame = peer.receiveMaskedFrame(), frame.first != 0x88 {
                        firsts.change { $0.append(frame.first) }
                    }
                    return
                } else if head.contains("sid=") {
                    // As long as a GET is held, the client does not use the WebSocket.
                    while !goesOn.value { usleep(1000) }
                    peer.send(ok("6"))
                } else {
                    peer.send(ok(handshake(upgrades: "\"websocket\"")))
                }
            }
        }
        try await withClientLoop { loop in
            let client = try await loop.client("http://127.0.0.1:\(server.port)")
            #expect(await client.has("opened"))
            // The probe was answered: from now on all waits for the WebSocket.
            #expect(await eventually { await client.call { engine, _ in !engine.isWritable } })
            await send(client, [(Self.long, true), (Self.long, false)])
            goesOn.change { $0 = true }
            #expect(await client.has("upgraded"))
            // `5`, and the two that waited.
            #expect(await eventually { firsts.value.count == 3 })
            #expect(firsts.value == [0x81, 0x81, 0x81])
            await send(client, [(Self.long, true), (Self.long, false)])
            #expect(await eventually { firsts.value.count == 5 })
            #expect(firsts.value.suffix(2) == [0xC1, 0x81])
            await client.close()
        }
    }
}
