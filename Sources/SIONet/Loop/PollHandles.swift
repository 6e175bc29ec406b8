import CLibUV

/// libuv's handles that watch sockets, kept for the next sockets with the same descriptors.
///
/// A handle is bound to its descriptor when it is made, for which libuv asks the system three times whether the descriptor
/// can be watched. The system gives out the lowest descriptor that is free, so that a new connection has most often one
/// that was used, and watched, before.
struct PollHandles {
    typealias Handle = UnsafeMutablePointer<uv_poll_t>

    /// The handles that are kept: beyond, they are closed.
    static let limit = 1024

    private let loop: UnsafeMutablePointer<uv_loop_t>
    private var idle: [CInt: Handle] = [:]
    private var isClosed = false

    init(loop: UnsafeMutablePointer<uv_loop_t>) {
        self.loop = loop
    }

    /// The handles that watch nothing now.
    var idleCount: Int { idle.count }

    /// A handle for a socket that does not block; nil if the system refuses.
    mutating func take(_ descriptor: CInt) -> Handle? {
        idle.removeValue(forKey: descriptor) ?? make(descriptor)
    }

    /// A new handle for a descriptor of which nothing is known: the system is asked whether it can be watched, and it is
    /// made not to block. Nil if the system refuses.
    func make(_ descriptor: CInt) -> Handle? {
        let handle = Handle.allocate(capacity: 1)
        if uv_poll_init(loop, handle, descriptor) == 0 { return handle }
        handle.deallocate()
        return nil
    }

    /// Takes back a handle, and stops it: called before its descriptor is closed.
    mutating func give(_ handle: Handle, of descriptor: CInt) {
        handle.pointee.data = nil
        guard !isClosed, idle.count < Self.limit, idle[descriptor] == nil else { return Self.close(handle) }
        uv_poll_stop(handle)
        idle[descriptor] = handle
    }

    /// Closes what is kept, and from now on whatever is given back: the loop ends.
    mutating func closeAll() {
        isClosed = true
        for handle in idle.values { Self.close(handle) }
        idle = [:]
    }

    private static func close(_ handle: Handle) {
        uv_close(UnsafeMutableRawPointer(handle).assumingMemoryBound(to: uv_handle_t.self)) { handle in
            guard let handle else { return }
            UnsafeMutableRawPointer(handle).assumingMemoryBound(to: uv_poll_t.self).deallocate()
        }
    }
}
