import CLibUV
import SIOHTTP
import Synchronization
import TestSupport
import Testing

@testable import SIONet

/// A handler made of closures that run in place.
final class TestHandler: HTTPHandler {
    private let onBegan: @Sendable (HTTPExchange) -> Void
    private let onHandle: @Sendable (HTTPExchange) -> Void

    init(_ handle: @escaping @Sendable (HTTPExchange) -> Void) {
        onBegan = { _ in }
        onHandle = handle
    }

    init(began: @escaping @Sendable (HTTPExchange) -> Void, handle: @escaping @Sendable (HTTPExchange) -> Void) {
        onBegan = began
        onHandle = handle
    }

    func began(_ exchange: HTTPExchange) { onBegan(exchange) }
    func handle(_ exchange: HTTPExchange) { onHandle(exchange) }
}

/// A value that threads share.
final class Shared<Value: Sendable>: Sendable {
    private let state: Mutex<Value>
    init(_ value: Value) { state = Mutex(value) }
    var value: Value { state.withLock { $0 } }
    func change(_ body: (inout Value) -> Void) {
        state.withLock {
            var value = $0
            body(&value)
            $0 = value
        }
    }
}

/// Runs a server and, on an event loop that only the test has, so that it may block there, the body.
func withServer(
    loops: Int = 1,
    _ configuration: HTTPServer.Configuration = .init(),
    mount: (HTTPServer) -> Void = { _ in },
    _ body: @escaping @Sendable (HTTPServer, Int) async throws -> Void
) async throws {
    let group = EventLoopGroup(loops: loops)
    let server = HTTPServer(eventLoops: group, configuration: configuration)
    mount(server)
    try await onQuietPort { try await server.listen(host: "127.0.0.1", port: $0) }
    let port = try #require(server.addresses.first?.port)
    try await onOwnThread { try await body(server, port) }
    await server.close()
    await group.shutdown()
}

/// Runs the body where it may block.
func onOwnThread(_ body: @escaping @Sendable () async throws -> Void) async throws {
    let own = EventLoopGroup(loops: 1)
    let result = await Result { () async throws in
        try await withTaskExecutorPreference(own.loops[0]) { try await body() }
    }
    await own.shutdown()
    try result.get()
}

extension Result where Failure == any Error {
    init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}

extension EventLoopGroup {
    /// The connections that exist on the loops.
    var liveConnections: Int {
        get async {
            var all = 0
            for loop in loops { all += await loop.call { loop.core.liveConnections.load(ordering: .relaxed) } }
            return all
        }
    }

    /// Waits until so many connections are left, for a while at most.
    func settles(at count: Int = 0) async -> Bool {
        await eventually { await self.liveConnections == count }
    }
}

extension TCPConnection {
    func write(_ bytes: [UInt8]) { write(bytes.span.bytes) }
}

extension SharedBytes {
    convenience init(of bytes: [UInt8]) { self.init(bytes.span.bytes) }
}

extension LoopCore {
    /// The libuv handles on the loop that are not closing, besides the loop's own and those that are kept for later.
    var guestHandles: Int {
        var count = 0
        withUnsafeMutablePointer(to: &count) { uv_walk(uv, countHandle, UnsafeMutableRawPointer($0)) }
        return count - Self.ownHandles - pollHandles.idleCount
    }
}

private func countHandle(_ handle: UnsafeMutablePointer<uv_handle_t>?, _ count: UnsafeMutableRawPointer?) {
    guard let handle, let count, uv_is_closing(handle) == 0 else { return }
    count.assumingMemoryBound(to: Int.self).pointee += 1
}
