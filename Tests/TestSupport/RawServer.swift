import Glibc
import Synchronization

/// A server that says what the test wants: each connection is served by the closure, on a thread of its own.
///
/// It may block there; what it is given reads and writes as a ``RawClient`` does, and is closed behind it.
package final class RawServer: Sendable {
    package typealias Service = @Sendable (_ peer: RawClient, _ number: Int) -> Void

    package let port: Int
    private let listener: CInt
    private let counter = Counter()
    private let isStopped = Atomic<Bool>(false)

    private final class Counter: Sendable {
        let count = Atomic<Int>(0)
    }

    /// Listens at a port of this machine that is free.
    ///
    /// - Parameter serve: Called with each connection, and how many came before.
    /// - Throws: The system refuses.
    package init(_ serve: @escaping Service) throws {
        let (listener, port) = try Self.bindFreePort()
        guard listen(listener, 64) == 0 else { throw RawClient.Failure(errno: errno) }
        self.listener = listener
        self.port = port
        let accepting: @Sendable () -> Void = { [counter] in
            while case let descriptor = accept(listener, nil, nil), descriptor >= 0 {
                let number = counter.count.add(1, ordering: .relaxed).oldValue
                Self.onThread { serve(RawClient(descriptor: descriptor), number) }
            }
            Glibc.close(listener)
        }
        Self.onThread(accepting)
    }

    deinit {
        stop()
    }

    /// A socket that is bound to a port of this machine that is free.
    fileprivate static func bindFreePort() throws -> (descriptor: CInt, port: Int) {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) | getsockname(descriptor, $0, &length)
            }
        }
        guard status == 0 else { throw RawClient.Failure(errno: errno) }
        return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
    }

    /// The connections that came.
    package var connections: Int { counter.count.load(ordering: .relaxed) }

    /// Accepts no more.
    package func stop() {
        // Only once: behind it the number may be another socket's.
        guard !isStopped.exchange(true, ordering: .relaxed) else { return }
        shutdown(listener, CInt(SHUT_RDWR))
    }

    private final class Work {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    private static func onThread(_ body: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        let work = Unmanaged.passRetained(Work(body)).toOpaque()
        guard pthread_create(&thread, nil, run, work) == 0 else { preconditionFailure("the system refuses a thread") }
        pthread_detach(thread)
    }

    private static let run: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { work in
        if let work { Unmanaged<Work>.fromOpaque(work).takeRetainedValue().body() }
        return nil
    }
}

extension RawClient {
    /// Reads a request with `Content-Length`: its head and its body; the head is empty if the client is gone.
    package func receiveRequest() -> (head: String, body: [UInt8]) { receiveResponse() }
}

/// A port of this machine at which nobody listens, and that nobody else gets meanwhile.
package final class ClosedPort: Sendable {
    private let descriptor: CInt
    package let port: Int

    /// - Throws: The system refuses.
    package init() throws {
        (descriptor, port) = try RawServer.bindFreePort()
    }

    deinit {
        close(descriptor)
    }
}

/// A proxy of a few lines that opens tunnels (RFC 9110 §9.3.6), to ports of this machine whatever the host.
package final class RawProxy: Sendable {
    private let server: RawServer
    private let log: Log

    private final class Log: Sendable {
        let heads = Mutex<[String]>([])
    }

    /// - Parameter authorization: What the field `Proxy-Authorization` must be; nil if anybody may ask.
    /// - Throws: The system refuses.
    package init(authorization: String? = nil) throws {
        let log = Log()
        self.log = log
        server = try RawServer { peer, _ in
            let head = peer.receive(until: "\r\n\r\n")
            log.heads.withLock { $0.append(head) }
            if let authorization, !head.contains("Proxy-Authorization: \(authorization)\r\n") {
                return peer.send("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            }
            let target = head.split(separator: " ").dropFirst().first?.split(separator: ":").last.flatMap { Int($0) }
            guard head.hasPrefix("CONNECT "), let target, let other = try? RawClient(port: target) else {
                return peer.send("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
            }
            peer.send("HTTP/1.1 200 Connection established\r\n\r\n")
            peer.relay(with: other)
        }
    }

    package var port: Int { server.port }

    /// What was asked for so far.
    package var heads: [String] { log.heads.withLock { $0 } }
}

extension RawClient {
    /// Carries bytes between the two until one of them ends.
    func relay(with other: RawClient) {
        while true {
            var sockets = [self, other].map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
            guard poll(&sockets, 2, CInt(60_000 * slowness)) > 0 else { return }
            for (index, pair) in [(self, other), (other, self)].enumerated() where sockets[index].revents != 0 {
                let bytes = pair.0.receiveSome()
                guard !bytes.isEmpty, pair.1.send(bytes) else { return }
            }
        }
    }
}
