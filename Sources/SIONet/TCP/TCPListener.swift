import CLibUV
import Glibc

/// A listening socket on one loop.
///
/// Several loops may listen on one port, and the system deals out the connections.
final class TCPListener {
    private let core: LoopCore
    private let handle: UnsafeMutablePointer<uv_tcp_t>
    private let accepted: (TCPConnection) -> Void
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
        self.accepted = accepted
        handle = .allocate(capacity: 1)
        uv_tcp_init(core.uv, handle)
        handle.pointee.data = Unmanaged.passRetained(self).toOpaque()
        var status = uv_tcp_open(handle, descriptor)
        if status == 0 { status = uv_listen(stream, CInt(backlog), onConnection) }
        guard status == 0 else {
            close()
            throw NetworkError(.cannotListen, String(cString: uv_strerror(status)))
        }
    }

    deinit {
        handle.deallocate()
    }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        uv_close(UnsafeMutableRawPointer(handle).assumingMemoryBound(to: uv_handle_t.self), onListenerClosed)
    }

    fileprivate func accept() {
        let peer = UnsafeMutablePointer<uv_tcp_t>.allocate(capacity: 1)
        uv_tcp_init(core.uv, peer)
        guard uv_accept(stream, UnsafeMutableRawPointer(peer).assumingMemoryBound(to: uv_stream_t.self)) == 0 else {
            return uv_close(UnsafeMutableRawPointer(peer).assumingMemoryBound(to: uv_handle_t.self), onRefused)
        }
        accepted(TCPConnection(peer, core: core))
    }

    private var stream: UnsafeMutablePointer<uv_stream_t> {
        UnsafeMutableRawPointer(handle).assumingMemoryBound(to: uv_stream_t.self)
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
        var one: CInt = 1
        let size = socklen_t(MemoryLayout<CInt>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, size)
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

    private static func addressLength(_ address: UnsafePointer<sockaddr>) -> socklen_t {
        socklen_t(
            CInt(address.pointee.sa_family) == AF_INET6
                ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size)
    }

    static func closeSocket(_ descriptor: CInt) {
        Glibc.close(descriptor)
    }

    private static func systemError() -> String { String(cString: strerror(errno)) }
}

private func onConnection(_ stream: UnsafeMutablePointer<uv_stream_t>?, _ status: CInt) {
    guard status == 0, let data = stream?.pointee.data else { return }
    Unmanaged<TCPListener>.fromOpaque(data).takeUnretainedValue().accept()
}

private func onListenerClosed(_ handle: UnsafeMutablePointer<uv_handle_t>?) {
    guard let data = handle?.pointee.data else { return }
    Unmanaged<TCPListener>.fromOpaque(data).release()
}

private func onRefused(_ handle: UnsafeMutablePointer<uv_handle_t>?) {
    UnsafeMutableRawPointer(handle)?.deallocate()
}
