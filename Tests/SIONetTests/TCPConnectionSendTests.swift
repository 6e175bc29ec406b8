import Glibc
import TestSupport
import Testing

@testable import SIONet

/// What a connection makes of the system's answers to its writes.
@Suite struct TCPConnectionSendTests {
    private struct Seen {
        var drained = 0
        var closed = 0
        var filled = 0
        /// Whether the connection thought itself writable in front of the write, behind its turn, and at the end.
        var writable: [Bool] = []
    }

    /// Fills the connection's socket behind its back, to the last byte, until the peer's system takes nothing either.
    private static func fill(_ connection: TCPConnection) -> Int {
        let chunk = [UInt8](repeating: 0xFF, count: 65536)
        var filled = 0
        var idle = 0
        while idle < 10 {
            let before = filled
            for size in [chunk.count, 1] {
                while true {
                    let count = send(connection.descriptor, chunk, size, withoutWaiting)
                    guard count > 0 else { break }
                    filled += count
                }
            }
            idle = filled == before ? idle + 1 : 0
            // An acknowledgement may be forty milliseconds late.
            usleep(10_000)
        }
        return filled
    }

    @Test(arguments: [1, 3], [false, true])
    func `a socket that takes nothing is waited for, and all arrives in order`(
        writes: Int, forMany: Bool
    ) async throws {
        let seen = Shared(Seen())
        /// Writes as for this connection alone, or for many.
        @Sendable func write(_ bytes: [UInt8], on connection: TCPConnection) {
            guard forMany else { return connection.write(bytes) }
            for byte in bytes { connection.write(SharedBytes(of: [byte])) }
        }
        let large = SharedBytes(of: [UInt8](repeating: 2, count: 10_000))
        try await withListener { stage in
            stage.onDrained = { seen.change { $0.drained += 1 } }
            stage.onClosed = { seen.change { $0.closed += 1 } }
            stage.take = { [unowned stage] window in
                let connection = stage.connection
                let filled = Self.fill(connection)
                seen.change {
                    $0.filled = filled
                    $0.writable.append(connection.isWritable)
                }
                for _ in 0..<writes {
                    write([1, 4, 5], on: connection)
                    connection.write(large)
                }
                write([6, 7], on: connection)
                let bound = LoopBound(connection, to: connection.core.loop)
                bound.loop.post {
                    // In another turn: the system took nothing, and what comes now stays behind the rest.
                    seen.change { $0.writable.append(bound.value.isWritable) }
                    write([3, 8], on: bound.value)
                }
                return window.byteCount
            }
        } _: { _, port in
            let client = try RawClient(port: port, receiveBuffer: 4096)
            client.send("x")
            #expect(await eventually { seen.value.writable.count == 2 })
            #expect(seen.value.drained == 0 && seen.value.closed == 0)
            let filled = seen.value.filled
            #expect(client.receive(count: filled) == [UInt8](repeating: 0xFF, count: filled))
            let one: [UInt8] = [1, 4, 5] + [UInt8](repeating: 2, count: 10_000)
            for _ in 0..<writes { #expect(client.receive(count: one.count) == one) }
            #expect(client.receive(count: 4) == [6, 7, 3, 8])
            #expect(await eventually { seen.value.drained > 0 })
            #expect(seen.value.writable == [true, false] && seen.value.closed == 0)
        }
    }

    /// How a connection breaks while nobody reads from it.
    enum Break: CaseIterable {
        /// `send` answers EPIPE.
        case ended
        /// `send` answers ECONNRESET.
        case reset
    }

    @Test(arguments: Break.allCases, [1, 3])
    func `a write that fails ends the connection, once, and nobody gets a signal`(
        how: Break, writes: Int
    ) async throws {
        let seen = Shared(Seen())
        let mayGoOn = Shared(false)
        let large = SharedBytes(of: [UInt8](repeating: 2, count: 10_000))
        try await withListener { stage in
            stage.onDrained = { seen.change { $0.drained += 1 } }
            stage.onClosed = { seen.change { $0.closed += 1 } }
            stage.take = { [unowned stage] window in
                switch how {
                case .ended: shutdown(stage.connection.descriptor, CInt(SHUT_WR))
                case .reset:
                    // The loop hears of the reset by its own write, not by the event.
                    for _ in 0..<5000 where !mayGoOn.value { usleep(1000) }
                }
                for _ in 0..<writes {
                    stage.connection.write([1])
                    stage.connection.write(large)
                }
                // In front of the turn's end nothing was sent, and so nothing has failed.
                seen.change { $0.writable.append(!stage.connection.isClosed) }
                return window.byteCount
            }
        } _: { group, port in
            let client = try RawClient(port: port)
            client.send("x")
            if how == .reset {
                client.reset()
                mayGoOn.change { $0 = true }
            }
            #expect(await eventually { seen.value.closed == 1 })
            #expect(await group.settles())
            #expect(seen.value.writable == [true] && seen.value.closed == 1 && seen.value.drained == 0)
        }
    }
}
