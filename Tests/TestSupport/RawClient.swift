import Glibc

/// A blocking client of a few lines: what goes over the wire is what the test says.
///
/// Use it where blocking hurts nobody, as on an event loop that the test has for itself.
package final class RawClient {
    package struct Failure: Error {
        package let errno: CInt
    }

    private(set) var descriptor: CInt
    private var received: [UInt8] = []

    /// Connects to a port of this machine.
    ///
    /// - Parameters:
    ///   - port: Where.
    ///   - receiveBuffer: The bytes that the system keeps for the client; a small number makes a peer notice soon that
    ///     nobody reads.
    /// - Throws: ``Failure`` if nobody listens there.
    package init(port: Int, receiveBuffer: Int? = nil) throws {
        descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(errno: errno) }
        if var size = receiveBuffer.map({ CInt($0) }) {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<CInt>.size))
        }
        var one: CInt = 1
        setsockopt(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<CInt>.size))
        setReceiveTimeout(milliseconds: 5000 * slowness)
        var timeout = timeval(tv_sec: 5 * slowness, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else {
            let reason = errno
            close()
            throw Failure(errno: reason)
        }
    }

    /// Takes over a socket that is connected; it waits for a minute in silence, because a server serves whoever comes late.
    package init(descriptor: CInt) {
        self.descriptor = descriptor
        setReceiveTimeout(milliseconds: 60_000 * slowness)
    }

    deinit {
        close()
    }

    package func setReceiveTimeout(milliseconds: Int) {
        var timeout = timeval(tv_sec: milliseconds / 1000, tv_usec: milliseconds % 1000 * 1000)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    }

    // MARK: Sending

    package func send(_ text: String) {
        send(Array(text.utf8))
    }

    /// Sends all the bytes; false if the peer is gone.
    @discardableResult
    package func send(_ bytes: [UInt8]) -> Bool {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress.map { $0 + done }, bytes.count - done, withoutSignal)
            }
            guard count > 0 else { return false }
            done += count
        }
        return true
    }

    /// Sends what fits without waiting; the number of bytes.
    package func sendWhatFits(_ bytes: [UInt8]) -> Int {
        Glibc.send(descriptor, bytes, bytes.count, withoutWaiting)
    }

    /// Sends a WebSocket frame, masked with a key of zeros.
    ///
    /// The opcode may have RSV1 to RSV3 set, too.
    package func sendFrame(_ opcode: UInt8, _ payload: [UInt8], isFinal: Bool = true) {
        send(Self.frame(opcode, payload, isFinal: isFinal))
    }

    package static func frame(_ opcode: UInt8, _ payload: [UInt8], isFinal: Bool = true) -> [UInt8] {
        var bytes: [UInt8] = [(isFinal ? 0x80 : 0) | opcode]
        switch payload.count {
        case ..<126:
            bytes.append(0x80 | UInt8(payload.count))
        case ..<65536:
            bytes += [0x80 | 126, UInt8(payload.count >> 8), UInt8(payload.count & 255)]
        default:
            bytes.append(0x80 | 127)
            for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(payload.count >> shift & 255)) }
        }
        return bytes + [0, 0, 0, 0] + payload
    }

    // MARK: Receiving

    /// Reads until the text was seen, the peer closed, or the time passed in silence.
    package func receive(until end: String? = nil) -> String {
        let pattern = end.map { Array($0.utf8) }
        var looked = 0
        while true {
            if let pattern, let found = Self.end(of: pattern, in: received, from: looked) {
                return String(decoding: take(found), as: UTF8.self)
            }
            looked = max(0, received.count - (pattern?.count ?? 0))
            guard fill() else { return String(decoding: take(received.count), as: UTF8.self) }
        }
    }

    /// Reads so many bytes; fewer if the peer closed, or the time passed in silence.
    package func receive(count: Int) -> [UInt8] {
        while received.count < count, fill() {}
        return take(min(count, received.count))
    }

    /// Reads what is there, or comes next; nothing if the peer closed, or the time passed in silence.
    package func receiveSome() -> [UInt8] {
        if received.isEmpty { _ = fill() }
        return take(received.count)
    }

    /// Reads a response with `Content-Length`: its head and its body.
    package func receiveResponse() -> (head: String, body: [UInt8]) {
        let head = receive(until: "\r\n\r\n")
        var length = 0
        for line in head.split(separator: "\r\n") where line.lowercased().hasPrefix("content-length: ") {
            length = Int(line.dropFirst(16)) ?? 0
        }
        return (head, receive(count: length))
    }

    /// Reads a frame that is not masked; nil if the peer closed.
    package func receiveFrame() -> (opcode: UInt8, payload: [UInt8])? {
        receiveFrameWithBits().map { ($0.first & 15, $0.payload) }
    }

    /// Reads a frame that is not masked, with the whole of its first byte; nil if the peer closed.
    package func receiveFrameWithBits() -> (first: UInt8, payload: [UInt8])? {
        let head = receive(count: 2)
        guard head.count == 2 else { return nil }
        var length = Int(head[1] & 127)
        if length >= 126 { length = receive(count: length == 126 ? 2 : 8).reduce(0) { $0 << 8 | Int($1) } }
        return (head[0], receive(count: length))
    }

    /// Whether the peer has ended the connection, in order or not, and nothing is left to read.
    package func isEnded() -> Bool {
        guard received.isEmpty else { return false }
        var byte: UInt8 = 0
        let count = recv(descriptor, &byte, 1, CInt(MSG_PEEK))
        return count == 0 || count < 0 && errno == ECONNRESET
    }

    private func fill() -> Bool {
        var chunk = [UInt8](repeating: 0, count: 256 * 1024)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        guard count > 0 else { return false }
        received += chunk[..<count]
        return true
    }

    private func take(_ count: Int) -> [UInt8] {
        defer { received.removeFirst(count) }
        return Array(received[..<count])
    }

    private static func end(of pattern: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        guard bytes.count >= pattern.count else { return nil }
        for place in min(start, bytes.count)...max(start, bytes.count - pattern.count)
        where place + pattern.count <= bytes.count && bytes[place..<place + pattern.count].elementsEqual(pattern) {
            return place + pattern.count
        }
        return nil
    }

    // MARK: The end

    /// Says that nothing more will be sent; what comes is still read.
    package func endSending() {
        shutdown(descriptor, CInt(SHUT_WR))
    }

    package func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }

    /// Ends the connection with a reset.
    package func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        close()
    }
}
