import CLibUV
import Glibc
import TestSupport
import Testing

/// What `sio_send` answers, and that it never raises a signal.
@Suite struct SendTests {
    /// Two ends of a connection; the first does not block.
    private func withPair(_ body: (_ sender: CInt, _ receiver: CInt) throws -> Void) throws {
        var ends: [CInt] = [-1, -1]
        try #require(socketPair(&ends) == 0)
        defer { for end in ends { close(end) } }
        try #require(fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0)
        try body(ends[0], ends[1])
    }

    /// Sends the parts with one call.
    private func send(_ parts: [[UInt8]], on descriptor: CInt) -> Int {
        var storage = parts.flatMap(\.self)
        return storage.withUnsafeMutableBytes { bytes in
            var start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
            var buffers = parts.map { part in
                defer { start = start?.advanced(by: part.count) }
                return uv_buf_t(base: start, len: part.count)
            }
            return sio_send(descriptor, &buffers, CInt(buffers.count))
        }
    }

    private func receive(_ count: Int, on descriptor: CInt) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let count = recv(descriptor, &bytes, count, 0)
        return Array(bytes.prefix(max(count, 0)))
    }

    /// A message of so many parts, each of which is recognised.
    private static func message(_ parts: Int, of size: Int) -> [[UInt8]] {
        (0..<parts).map { [UInt8](repeating: UInt8($0), count: size) }
    }

    @Test(arguments: [1, 2, 64])
    func `what fits is sent in order, from however many buffers`(parts: Int) throws {
        try withPair { sender, receiver in
            let message = Self.message(parts, of: 100)
            #expect(send(message, on: sender) == parts * 100)
            #expect(receive(100_000, on: receiver) == message.flatMap(\.self))
        }
    }

    @Test(arguments: [1, 3])
    func `a socket that is filling takes a part, a full one nothing, and one that was read more`(parts: Int) throws {
        try withPair { sender, receiver in
            let message = Self.message(parts, of: 4_000_000 / parts)
            let all = message.flatMap(\.self)
            let first = send(message, on: sender)
            #expect(first > 0 && first < all.count)
            // To the last byte: a single one may still fit where large ones do not.
            var extra = 0
            while send([[7]], on: sender) == 1 { extra += 1 }
            for _ in 0..<3 {
                #expect(send(message, on: sender) == 0)
                #expect(errno == EAGAIN || errno == EWOULDBLOCK)
            }
            var received: [UInt8] = []
            while received.count < first + extra { received += receive(first + extra - received.count, on: receiver) }
            #expect(received == Array(all[..<first]) + [UInt8](repeating: 7, count: extra))
            #expect(send(message, on: sender) > 0)
        }
    }

    @Test(arguments: [1, 3])
    func `a connection whose other end is gone is broken, and nobody gets a signal`(parts: Int) throws {
        try withPair { sender, receiver in
            shutdown(receiver, CInt(SHUT_RDWR))
            for _ in 0..<3 {
                #expect(send(Self.message(parts, of: 10), on: sender) == -1)
                #expect(errno == EPIPE)
            }
        }
    }

    @Test func `what is no socket is broken`() {
        #expect(send([[1]], on: -1) == -1)
        #expect(errno == EBADF)
    }
}
