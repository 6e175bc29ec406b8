import SIOBytes
import TestSupport
import Testing

@testable import SIONet

/// A protocol of closures.
final class TestStage: ConnectionStage {
    let connection: TCPConnection
    var take: (inout MutableRawSpan) -> Int = { $0.byteCount }
    var messageCount = 1
    var bytesWanted = 0
    var onEnd: () -> Void = {}
    var onDrained: () -> Void = {}
    var onClosed: () -> Void = {}

    init(_ connection: TCPConnection) {
        self.connection = connection
    }

    func received(_ window: inout MutableRawSpan) -> Int { take(&window) }
    func receivedEnd() {
        onEnd()
        connection.abort()
    }
    func drained() { onDrained() }
    func closed() {
        onClosed()
        // The closures may hold the stage.
        take = { $0.byteCount }
        onDrained = {}
        onClosed = {}
    }
}

/// Runs a listener whose connections get a stage each, and, where it may block, the body.
func withListener(
    accepted: @escaping @Sendable (TestStage) -> Void,
    _ body: @escaping @Sendable (EventLoopGroup, Int) async throws -> Void
) async throws {
    let group = EventLoopGroup(loops: 1)
    let loop = group.loops[0]
    let (descriptor, address) = try TCPListener.bind(
        #require(try SocketAddress.resolve(host: "127.0.0.1", port: 0).first), shared: false)
    let port = try #require(SocketAddress(address)?.port)
    let listener = try await loop.call {
        Result { () throws(NetworkError) in
            let listener = try TCPListener(descriptor: descriptor, backlog: 1024, core: loop.core) { connection in
                let stage = TestStage(connection)
                accepted(stage)
                if !connection.isClosed { connection.start(stage) }
            }
            return LoopBound(listener, to: loop)
        }
    }.get()
    try await onOwnThread { try await body(group, port) }
    #expect(await group.settles())
    await loop.call { listener.value.close() }
    #expect(await eventually { await loop.call { loop.core.guestHandles == 0 } })
    await group.shutdown()
}
