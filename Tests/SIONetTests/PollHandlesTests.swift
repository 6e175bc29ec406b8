import CLibUV
import Glibc
import Testing

@testable import SIONet

/// What watches sockets is kept for the next sockets, bounded, and closed with the loop.
@Suite struct PollHandlesTests {
    private final class Loop {
        let uv = UnsafeMutablePointer<uv_loop_t>.allocate(capacity: 1)

        init() { uv_loop_init(uv) }

        /// Lets closed handles go; whether none is left.
        func ends() -> Bool {
            uv_run(uv, UV_RUN_DEFAULT)
            return uv_loop_close(uv) == 0
        }

        deinit { uv.deallocate() }
    }

    private func sockets(_ count: Int) -> [CInt] { (0..<count).map { _ in sio_stream_socket(AF_INET) } }

    private func taken(_ descriptor: CInt, of handles: inout PollHandles) throws -> PollHandles.Handle {
        let handle = handles.take(descriptor)
        return try #require(handle)
    }

    /// Gives back a new handle as that of a descriptor.
    private func give(_ descriptor: CInt, as number: CInt, to handles: inout PollHandles) throws {
        let handle = handles.make(descriptor)
        handles.give(try #require(handle), of: number)
    }

    @Test func `a handle that was given back watches the next socket with its descriptor`() throws {
        let loop = Loop()
        var handles = PollHandles(loop: loop.uv)
        let descriptor = sockets(1)[0]
        let first = try taken(descriptor, of: &handles)
        #expect(handles.idleCount == 0)
        handles.give(first, of: descriptor)
        #expect(handles.idleCount == 1)
        // Another socket under the same number; nobody else gets it meanwhile.
        let next = descriptor
        let other = sockets(1)[0]
        dup2(other, next)
        close(other)
        let second = try taken(next, of: &handles)
        #expect(second == first)
        #expect(handles.idleCount == 0)
        #expect(uv_poll_start(first, CInt(UV_WRITABLE.rawValue)) { handle, _, _ in uv_poll_stop(handle) } == 0)
        // A stream that is not connected is ready at once, because it has ended.
        uv_run(loop.uv, UV_RUN_ONCE)
        #expect(uv_is_active(UnsafeMutableRawPointer(first).assumingMemoryBound(to: uv_handle_t.self)) == 0)
        handles.give(first, of: next)
        close(next)
        handles.closeAll()
        #expect(handles.idleCount == 0)
        #expect(loop.ends())
    }

    @Test func `no more are kept than may be, and none behind the end`() throws {
        let loop = Loop()
        var handles = PollHandles(loop: loop.uv)
        // One descriptor stands for many: a handle knows its own, and is not started here.
        let descriptor = sockets(1)[0]
        defer { close(descriptor) }
        for number in 0..<CInt(PollHandles.limit) { try give(descriptor, as: number, to: &handles) }
        #expect(handles.idleCount == PollHandles.limit)
        try give(descriptor, as: CInt(PollHandles.limit), to: &handles)
        #expect(handles.idleCount == PollHandles.limit)
        let lowest = try taken(0, of: &handles)
        handles.give(lowest, of: CInt(PollHandles.maxDescriptor) + 1)
        try give(descriptor, as: 1, to: &handles)
        #expect(handles.idleCount == PollHandles.limit - 1)
        handles.closeAll()
        try give(descriptor, as: 0, to: &handles)
        #expect(handles.idleCount == 0)
        #expect(loop.ends())
    }

    @Test func `a descriptor that cannot be watched is refused`() {
        let loop = Loop()
        var handles = PollHandles(loop: loop.uv)
        let taken = handles.take(9_999)
        #expect(taken == nil)
        #expect(handles.make(-1) == nil)
        #expect(loop.ends())
    }
}
