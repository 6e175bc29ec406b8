import CLibUV

/// libuv's handles that watch sockets, kept for the next sockets with the same descriptors.
///
/// A handle is bound to its descriptor when it is made, for which libuv asks the system three times whether the descriptor
/// can be watched. The system gives out the lowest descriptor that is free, so that a new connection has most often one
/// that was used, and watched, before.
struct PollHandles {
    typealias Handle = UnsafeMutablePointer<uv_poll_t>

    /// The handles that are kept, and the descriptors whose handles may be: beyond, they are closed.
    static let limit = 1024
    static let maxDescriptor = 65_535

    private let loop: UnsafeMutablePointer<uv_loop_t>
    /// By their descriptors.
    private var idle: [Handle?] = []
    private var isClosed = false

    init(loop: UnsafeMutablePointer<uv_loop_t>) {
        self.loop = loop
    }

    /// The handles that watch nothing now.
    private(set) var idleCount = 0

    /// A handle for a socket that does not block; nil if the system refuses.
    mutating func take(_ descriptor: CInt) -> Handle? {
        let place = Int(descriptor)
        guard place < idle.count, let handle = idle[place] else { return make(descriptor) }
        idle[place] = nil
        idleCount -= 1
        return handle
    }

    /// A new handle for a descriptor of which nothing is known; nil if the system refuses.
    ///
    /// The system is asked whether it can be watched, and it is made not to block.
    func make(_ descriptor: CInt) -> Handle? {
        let handle = Handle.allocate(capacity: 1)
        if uv_poll_init(loop, handle, descriptor) == 0 { return handle }
        handle.deallocate()
        return nil
    }

    /// Takes back a handle, and stops it: called before its descriptor is closed.
    mutating func give(_ handle: Handle, of descriptor: CInt) {
        handle.pointee.data = nil
        let place = Int(descriptor)
        guard !isClosed, idleCount < Self.limit, place <= Self.maxDescriptor else { return Self.close(handle) }
        while idle.count <= place { idle.append(nil) }
        guard idle[place] == nil else { return Self.close(handle) }
        // To stop what has stopped would be another system call. (What libuv stopped by itself, at an error, was stopped again.)
        if uv_is_active(UnsafeMutableRawPointer(handle).assumingMemoryBound(to: uv_handle_t.self)) != 0 {
            uv_poll_stop(handle)
        }
        idle[place] = handle
        idleCount += 1
    }

    /// Closes what is kept, and from now on whatever is given back: the loop ends.
    mutating func closeAll() {
        isClosed = true
        for case let handle? in idle { Self.close(handle) }
        idle = []
        idleCount = 0
    }

    private static func close(_ handle: Handle) {
        uv_close(UnsafeMutableRawPointer(handle).assumingMemoryBound(to: uv_handle_t.self)) { handle in
            guard let handle else { return }
            UnsafeMutableRawPointer(handle).assumingMemoryBound(to: uv_poll_t.self).deallocate()
        }
    }
}
