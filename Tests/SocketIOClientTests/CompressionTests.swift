import SIOWebSocket
import SocketIOClient
import Synchronization
import TestSupport
import Testing

/// What a client's events look like on a WebSocket with permessage-deflate.
@Suite(.timeLimit(.minutes(1))) struct CompressionTests {
    fileprivate static let long = String(repeating: "a text that repeats itself; ", count: 100)

    /// A way to send an event, and whether it is compressed.
    enum Way: String, CaseIterable {
        case plain
        case compressed
        case uncompressed
        case short
        case volatileUncompressed
        case asked
        case askedUncompressed
        case binaryUncompressed

        /// The first bytes of the frames: RSV1 says that a message is compressed (RFC 7692 §6).
        var firsts: [UInt8] {
            switch self {
            case .plain, .compressed, .asked: [0xC1]
            case .uncompressed, .short, .volatileUncompressed, .askedUncompressed: [0x81]
            case .binaryUncompressed: [0x81, 0x82]
            }
        }

        func send(_ socket: ClientSocket) throws {
            switch self {
            case .plain: try socket.emit("news", CompressionTests.long)
            case .compressed: try socket.compress(false).compress(true).emit("news", CompressionTests.long)
            case .uncompressed: try socket.compress(false).emit("news", CompressionTests.long)
            case .short: try socket.emit("news", "short")
            case .volatileUncompressed: try socket.volatile.compress(false).emit("news", CompressionTests.long)
            case .asked: CompressionTests.ask(socket.compress(true))
            case .askedUncompressed: CompressionTests.ask(socket.compress(false))
            case .binaryUncompressed: try socket.compress(false).emit("news", Array(CompressionTests.long.utf8))
            }
        }
    }

    /// Asks, and does not wait: nobody answers.
    fileprivate static func ask(_ emitter: Emitter<ClientSocket>) {
        Task { let _: String = try await emitter.emitWithAck("news", CompressionTests.long) }
    }

    /// The frames of a client behind its CONNECT.
    private final class Frames: Sendable {
        private let firsts = Mutex<[UInt8]>([])
        var all: [UInt8] { firsts.withLock { $0 } }
        func add(_ first: UInt8) { firsts.withLock { $0.append(first) } }
    }

    @Test(arguments: Way.allCases) func `an event is compressed unless it says otherwise`(way: Way) async throws {
        let frames = Frames()
        let server = try RawServer { peer, _ in
            let handshake =
                #"0{"sid":"S","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#
            peer.send(RawClient.switchingProtocols(peer.receiveRequest().head, deflate: PerMessageDeflate()))
            peer.send(RawClient.serverFrame(handshake))
            guard peer.receiveMaskedFrame() != nil else { return }
            peer.send(RawClient.serverFrame(#"40{"sid":"1"}"#))
            while let frame = peer.receiveMaskedFrame(), frame.first != 0x88 { frames.add(frame.first) }
        }
        try await withSocket(
            "http://127.0.0.1:\(server.port)", configuration: World.fast { $0.transports = [.websocket] }
        ) { socket in
            // Before the connection is there, and on it.
            try way.send(socket)
            #expect(await eventually { socket.connected })
            try way.send(socket)
            let firsts = way == .volatileUncompressed ? way.firsts : way.firsts + way.firsts
            #expect(await eventually { frames.all.count >= firsts.count })
            #expect(frames.all == firsts)
        }
    }
}
