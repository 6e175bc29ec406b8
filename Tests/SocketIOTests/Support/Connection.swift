import Glibc
import TestSupport

/// The other side ended the connection, or was silent for ten seconds.
struct ConnectionEnded: Error {}

/// A blocking TCP connection to this machine.
final class Connection: Sendable {
    private let descriptor: CInt

    init(port: Int) throws {
        descriptor = Glibc.socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw ConnectionEnded() }
        var yes: CInt = 1
        setsockopt(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<CInt>.size))
    }

    deinit {
        Glibc.close(descriptor)
    }

    func write(_ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, withoutSignal)
            }
            guard count > 0 else { return }
            sent += count
        }
    }

    func write(_ text: String) {
        write(Array(text.utf8))
    }

    /// What has come, at least one byte.
    func read() throws -> [UInt8] {
        var chunk = [UInt8](repeating: 0, count: 65536)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        guard count > 0 else { throw ConnectionEnded() }
        return Array(chunk[..<count])
    }

    /// Ends both directions; whoever reads is woken.
    func end() {
        shutdown(descriptor, CInt(SHUT_RDWR))
    }

    /// Sends a request and reads its response.
    func exchange(_ request: String, body: [UInt8] = []) throws -> (head: String, body: [UInt8]) {
        write(Array(request.utf8) + body)
        var bytes: [UInt8] = []
        var end = 0
        while !bytes[..<end].suffix(4).elementsEqual("\r\n\r\n".utf8) {
            if end == bytes.count { bytes += try read() }
            end += 1
        }
        let head = String(decoding: bytes[..<end], as: UTF8.self)
        bytes.removeFirst(end)
        let length = head.lowercased().split(separator: "content-length: ").dropFirst().first?.prefix { $0.isNumber }
        let count = length.flatMap { Int($0) } ?? 0
        while bytes.count < count { bytes += try read() }
        return (head, bytes)
    }
}
