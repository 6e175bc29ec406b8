import CLibUV
import Glibc

/// A listening socket on one loop.
///
/// Several loops may listen on one port, and the system deals out the connections. libuv only says when there is
/// something to accept: its own accepting cannot be stopped when the process runs out of descriptors, and would spin.
final class TCPListener: DeadlineOwner, HandleOwner {
    /// The connections that are accepted before the loop looks at other things.
    private static let acceptsPerTurn = 64
    /// How long nothing is accepted when the system refuses a descriptor.
    private static let retryTime: Duration = .milliseconds(100)

    private let core: LoopCore
    private let handle: UnsafeMutablePointer<uv_poll_t>
    private let descriptor: CInt
    private var accepted: ((TCPConnection) -> Void)?
    private let retry = Deadline()
    private var isClosed = false

    /// Listens on a socket that is bound.
    ///
    /// - Parameters:
    ///   - descriptor: The socket; it belongs to the listener from now on.
    ///   - backlog: The connections that the system may hold until they are accepted.
    ///   - core: The loop.
    ///   - accepted: Called with each connection.
    /// - Throws: ``NetworkError`` if the system refuses.
    init(
        descriptor: CInt, backlog: Int, core: LoopCore, accepted: @escaping (TCPConnection) -> Void
    ) throws(NetworkError) {
        self.core = core
        self.descriptor = descriptor
        self.accepted = accepted
        handle = .allocate(capacity: 1)
        guard listen(descriptor, CInt(clamping: backlog)) == 0 else {
            let reason = Self.systemError()
            Self.closeSocket(descriptor)
            throw NetworkError(.cannotListen, reason)
        }
        // This makes the socket one that does not block.
        let status = uv_poll_init(core.uv, handle, descriptor)
        guard status == 0 else {
            Self.closeSocket(descriptor)
            throw NetworkError(.cannotListen, String(cString: uv_strerror(status)))
        }
        handle.pointee.data = Unmanaged.passRetained(self).toOpaque()
        resume()
    }

    deinit {
        handle.deallocate()
    }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        core.set(retry, of: self, to: nil)
        uv_close(UnsafeMutableRawPointer(handle).assumingMemoryBound(to: uv_handle_t.self), onListenerClosed)
        // The handle watches the descriptor no more.
        Self.closeSocket(descriptor)
        accepted = nil
    }

    func loopStops() {
        close()
    }

    func deadlineReached(now: ContinuousClock.Instant) {
        if !isClosed { resume() }
    }

    private func resume() {
        uv_poll_start(handle, CInt(UV_READABLE.rawValue), onConnection)
    }

    fileprivate func accept() {
        guard let accepted else { return }
        var peer = sockaddr_storage()
        for _ in 0..<Self.acceptsPerTurn where !isClosed {
            let socket = sio_accept(descriptor, &peer)
            guard socket < 0 else {
                let address = SocketAddress(peer)
                let connection = TCPConnection.adopt(socket, from: address, isForeign: false, core: core)
                if let connection { accepted(connection) }
                continue
            }
            switch errno {
            case EAGAIN, EWOULDBLOCK:
                return
            case EMFILE, ENFILE, ENOBUFS, ENOMEM:
                uv_poll_stop(handle)
                return core.set(retry, of: self, to: core.now + Self.retryTime)
            default:
                // Of the connection, not of the socket: it was ended before it was accepted (accept(2)).
                continue
            }
        }
    }

    // MARK: Sockets

    /// A socket bound to the address.
    ///
    /// - Parameters:
    ///   - address: Where; with port 0, at a port that is free.
    ///   - shared: Whether other sockets of this kind may be bound there too.
    /// - Returns: The socket, and where it is bound.
    /// - Throws: ``NetworkError`` if the address cannot be used.
    static func bind(
        _ address: sockaddr_storage, shared: Bool
    ) throws(NetworkError) -> (descriptor: CInt, address: sockaddr_storage) {
        let descriptor = socket(CInt(address.ss_family), CInt(bitPattern: SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw NetworkError(.cannotListen, systemError()) }
        sio_close_on_exec(descriptor)
        var one: CInt = 1
        let size = socklen_t(MemoryLayout<CInt>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, size)
        #if os(Linux)
            // What a listening socket has, those that it accepts have from their beginning.
            setsockopt(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &one, size)
        #endif
        if shared { setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &one, size) }
        if CInt(address.ss_family) == AF_INET6 {
            setsockopt(descriptor, CInt(IPPROTO_IPV6), IPV6_V6ONLY, &one, size)
        }
        var address = address
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let isBound = withUnsafeMutableBytes(of: &address) { bytes in
            guard let raw = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return false }
            return Glibc.bind(descriptor, raw, addressLength(raw)) == 0 && getsockname(descriptor, raw, &length) == 0
        }
        guard isBound else {
            let reason = systemError()
            Glibc.close(descriptor)
            throw NetworkError(.cannotListen, reason)
        }
        return (descriptor, address)
    }

    static func addressLength(_ address: UnsafePointer<sockaddr>) -> socklen_t {
        socklen_t(
            CInt(address.pointee.sa_family) == AF_INET6
                ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size)
    }

    static func closeSocket(_ descriptor: CInt) {
        Glibc.close(descriptor)
    }

    private static func systemError() -> String { String(cString: strerror(errno)) }
}

private func onConnection(_ handle: UnsafeMutablePointer<uv_poll_t>?, _ status: CInt, _ events: CInt) {
    guard let data = handle?.pointee.data else { return }
    Unmanaged<TCPListener>.fromOpaque(data).takeUnretainedValue().accept()
}

private func onListenerClosed(_ handle: UnsafeMutablePointer<uv_handle_t>?) {
    guard let data = handle?.pointee.data else { return }
    Unmanaged<TCPListener>.fromOpaque(data).release()
}
