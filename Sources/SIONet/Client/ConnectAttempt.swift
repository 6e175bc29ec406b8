import CLibUV
import Glibc

/// Why the system refused something: its `errno`.
struct SystemError: Error, Hashable, CustomStringConvertible {
    let number: CInt

    var description: String { String(cString: strerror(number)) }
}

/// One attempt to connect to one address.
final class ConnectAttempt: HandleOwner {
    private let descriptor: CInt
    private let handle: UnsafeMutablePointer<uv_poll_t>
    /// Whom to tell; nil once that was done, or if nobody wants to know any more.
    private var report: ((Result<CInt, SystemError>) -> Void)?
    private var isClosed = false

    /// Begins to connect.
    ///
    /// - Parameters:
    ///   - address: Where to.
    ///   - core: The loop.
    ///   - report: Called in a later turn of the loop with the connected socket, which is the receiver's then.
    /// - Returns: What can be given up.
    /// - Throws: The system refuses at once.
    static func begin(
        to address: sockaddr_storage, core: LoopCore, report: @escaping (Result<CInt, SystemError>) -> Void
    ) throws(SystemError) -> ConnectAttempt {
        let descriptor = sio_stream_socket(CInt(address.ss_family))
        guard descriptor >= 0 else { throw SystemError(number: errno) }
        guard connect(descriptor, address) == 0 || errno == EINPROGRESS || errno == EINTR else {
            let error = SystemError(number: errno)
            close(descriptor)
            throw error
        }
        let handle = UnsafeMutablePointer<uv_poll_t>.allocate(capacity: 1)
        let status = uv_poll_init(core.uv, handle, descriptor)
        guard status == 0 else {
            handle.deallocate()
            close(descriptor)
            throw SystemError(number: -status)
        }
        return ConnectAttempt(descriptor, handle, report)
    }

    private init(
        _ descriptor: CInt, _ handle: UnsafeMutablePointer<uv_poll_t>,
        _ report: @escaping (Result<CInt, SystemError>) -> Void
    ) {
        self.descriptor = descriptor
        self.handle = handle
        self.report = report
        // The handle keeps the attempt until it is closed.
        handle.pointee.data = Unmanaged.passRetained(self).toOpaque()
        uv_poll_start(handle, CInt(UV_WRITABLE.rawValue), onConnected)
    }

    deinit {
        handle.deallocate()
    }

    private static func connect(_ descriptor: CInt, _ address: sockaddr_storage) -> CInt {
        withUnsafeBytes(of: address) { bytes in
            guard let raw = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return -1 }
            return Glibc.connect(descriptor, raw, TCPListener.addressLength(raw))
        }
    }

    /// Gives up; nobody is told.
    func abandon() {
        report = nil
        finish(.failure(SystemError(number: ECANCELED)))
    }

    func loopStops() {
        finish(.failure(SystemError(number: ECANCELED)))
    }

    fileprivate func ready(_ status: CInt) {
        var number: CInt = 0
        var length = socklen_t(MemoryLayout<CInt>.size)
        if getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &number, &length) != 0 { number = errno }
        if number == 0, status < 0 { number = -status }
        finish(number == 0 ? .success(descriptor) : .failure(SystemError(number: number)))
    }

    private func finish(_ result: Result<CInt, SystemError>) {
        guard !isClosed else { return }
        isClosed = true
        uv_close(UnsafeMutableRawPointer(handle).assumingMemoryBound(to: uv_handle_t.self), onAttemptClosed)
        // The handle watches the socket no more.
        if case .failure = result { close(descriptor) }
        let report = self.report
        self.report = nil
        report?(result)
    }
}

private func onConnected(_ handle: UnsafeMutablePointer<uv_poll_t>?, _ status: CInt, _: CInt) {
    guard let data = handle?.pointee.data else { return }
    Unmanaged<ConnectAttempt>.fromOpaque(data).takeUnretainedValue().ready(status)
}

private func onAttemptClosed(_ handle: UnsafeMutablePointer<uv_handle_t>?) {
    guard let data = handle?.pointee.data else { return }
    Unmanaged<ConnectAttempt>.fromOpaque(data).release()
}
