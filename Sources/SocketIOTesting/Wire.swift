import Glibc
import SIOBytes
import SIONet
import Synchronization

/// Whether a network hands no bytes on: true for all that is read from the moment on in which it is set.
final class Silence: Sendable {
    private let flag = Atomic(false)

    var isOn: Bool {
        get { flag.load(ordering: .acquiring) }
        set { flag.store(newValue, ordering: .releasing) }
    }
}

/// The bytes' way between a client and a server in one process, which a test may cut or hold up.
///
/// It lives on one loop; each end is one of a pair of sockets.
final class Wire {
    private var ends: [End] = []

    /// Lays a wire from a client to a server.
    ///
    /// - Parameters:
    ///   - client: The socket whose other end the client has; it belongs to the wire from now on.
    ///   - core: The loop that carries the bytes.
    ///   - silence: Whether bytes are held up.
    ///   - whenGone: Called when an end has been closed.
    /// - Returns: The wire, and a socket for the server; nil if the system makes none.
    static func lay(
        to client: CInt, core: LoopCore, silence: Silence, whenGone: @escaping (Wire) -> Void
    ) -> (wire: Wire, server: CInt)? {
        var far: [CInt] = [-1, -1]
        guard socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &far) == 0 else {
            close(client)
            return nil
        }
        let wire = Wire()
        for descriptor in [client, far[1]] {
            // The loop reads and writes what is there, and does not wait.
            _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
            // What the system refuses is closed already.
            guard let connection = TCPConnection.adopt(descriptor, core: core) else { continue }
            wire.ends.append(End(connection, wire, silence, whenGone))
        }
        guard wire.ends.count == 2 else {
            wire.cut()
            close(far[0])
            return nil
        }
        (wire.ends[0].other, wire.ends[1].other) = (wire.ends[1], wire.ends[0])
        for end in wire.ends {
            end.connection.start(end)
            end.readOrWait()
        }
        return (wire, far[0])
    }

    /// Ends the connection both ways; what is on its way is lost.
    func cut() {
        let ends = self.ends
        self.ends = []
        for end in ends { end.connection.abort() }
    }

    /// Has the silence begin, or end.
    func heed() {
        for end in ends { end.readOrWait() }
    }

    /// One of the wire's inner ends: it hands what comes to the other.
    private final class End: ConnectionStage {
        let connection: TCPConnection
        weak var other: End?
        private var wire: Wire?
        private let silence: Silence
        private var whenGone: ((Wire) -> Void)?
        /// The bytes that wait at one end before the other is not read any more.
        private static let limit = 256 * 1024

        init(
            _ connection: TCPConnection, _ wire: Wire, _ silence: Silence, _ whenGone: @escaping (Wire) -> Void
        ) {
            self.connection = connection
            self.wire = wire
            self.silence = silence
            self.whenGone = whenGone
        }

        func received(_ window: inout MutableRawSpan) -> Int {
            guard let other else { return window.byteCount }
            // It may have begun a moment ago.
            guard !silence.isOn else {
                connection.pauseInbound()
                return 0
            }
            other.connection.write(window.bytes)
            readOrWait()
            return window.byteCount
        }

        func drained() { other?.readOrWait() }

        func readOrWait() {
            let isFull = other.map { $0.connection.outboundCount > Self.limit } ?? false
            if silence.isOn || isFull { connection.pauseInbound() } else { connection.resumeInbound() }
        }

        func receivedEnd() {
            other?.connection.closeWhenDrained()
            connection.closeWhenDrained()
        }

        func closed() {
            other?.connection.closeWhenDrained()
            if let wire { whenGone?(wire) }
            wire = nil
            whenGone = nil
        }
    }
}
