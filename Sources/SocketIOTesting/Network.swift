import Glibc
import SIONet
import SocketIO
import Synchronization

/// The wires between the clients of one process and its server.
final class Network: Sendable {
    /// What the network is on its loop.
    final class Wires {
        private var wires: [ObjectIdentifier: Wire] = [:]

        func add(_ wire: Wire) { wires[ObjectIdentifier(wire)] = wire }
        func remove(_ wire: Wire) { wires[ObjectIdentifier(wire)] = nil }

        func cutAll() {
            let all = wires.values
            wires = [:]
            for wire in all { wire.cut() }
        }

        func heedSilence() {
            for wire in wires.values { wire.heed() }
        }
    }

    private struct Unreachable: Error, CustomStringConvertible {
        let description: String
    }

    private let wires: LoopBound<Wires>
    private let silence = Silence()
    // Whoever has the network has the server too; a client that outlives it finds nobody.
    private weak let server: Server?

    init(_ server: Server) {
        self.server = server
        wires = LoopBound(Wires(), to: Self.loops.next())
    }

    /// What carries the bytes of all networks, so that neither clients nor servers do it for themselves.
    private static let loops = EventLoopGroup(loops: 1)

    func onLoop(_ body: @escaping @Sendable (Wires) -> Void) {
        wires.loop.run { [wires] in body(wires.value) }
    }

    /// Hands no bytes on, or all again.
    func fallSilent(_ isSilent: Bool) {
        silence.isOn = isSilent
        onLoop { $0.heedSilence() }
    }

    /// Connects a client.
    ///
    /// - Returns: The client's end.
    /// - Throws: If there is no server any more, or the system makes no sockets.
    func dial() throws -> CInt {
        guard let server else { throw Unreachable(description: "the server is gone") }
        // The client's loop needs its end at once, and the wire is laid on another.
        var near: [CInt] = [-1, -1]
        guard socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &near) == 0 else {
            throw Unreachable(description: "the system makes no sockets")
        }
        let inner = near[1]
        onLoop { [wires, silence] all in
            // A client may come back behind the server's end: it is hung up on.
            guard let http = server.httpUnlessClosed else {
                close(inner)
                return
            }
            let whenGone = { (wire: Wire) in wires.value.remove(wire) }
            guard let laid = Wire.lay(to: inner, core: wires.loop.core, silence: silence, whenGone: whenGone) else {
                return
            }
            all.add(laid.wire)
            http.adopt(laid.server)
        }
        return near[0]
    }
}
