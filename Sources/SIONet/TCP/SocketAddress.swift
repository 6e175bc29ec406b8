import CLibUV
import Glibc

/// An IP address and a port.
public struct SocketAddress: Sendable, Hashable, CustomStringConvertible {
    // Every connection keeps one, so these are the bytes as the system has them; text is made when it is asked for.
    let high: UInt64
    let low: UInt64
    private let networkPort: UInt16
    /// Whether the address is one of IPv6.
    public let isIPv6: Bool

    /// The address as text, `127.0.0.1` or `::1`.
    public var host: String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { text in
            let status = withUnsafeBytes(of: (high, low)) { bytes in
                uv_inet_ntop(isIPv6 ? AF_INET6 : AF_INET, bytes.baseAddress, text.baseAddress, text.count)
            }
            guard status == 0, let start = text.baseAddress else { return "" }
            return String(cString: start)
        }
    }

    /// The port, 0…65535.
    public var port: Int { Int(UInt16(bigEndian: networkPort)) }

    /// The address's first 64 bits: all of an IPv4 address, and the network of an IPv6 one.
    package var networkBits: UInt64 { high }

    /// `127.0.0.1:3000`, or `[::1]:3000`.
    public var description: String { isIPv6 ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// Reads a system address; nil if it is of another family.
    init?(_ storage: UnsafePointer<sockaddr>) {
        switch Int32(storage.pointee.sa_family) {
        case AF_INET:
            let address = UnsafeRawPointer(storage).assumingMemoryBound(to: sockaddr_in.self).pointee
            self = withUnsafeBytes(of: address.sin_addr) { SocketAddress($0, address.sin_port, isIPv6: false) }
        case AF_INET6:
            let address = UnsafeRawPointer(storage).assumingMemoryBound(to: sockaddr_in6.self).pointee
            self = withUnsafeBytes(of: address.sin6_addr) { bytes in
                // A dual-stack listener sees IPv4 peers as ::ffff:a.b.c.d.
                let isMapped = bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
                let bytes = isMapped ? UnsafeRawBufferPointer(rebasing: bytes[12...]) : bytes
                return SocketAddress(bytes, address.sin6_port, isIPv6: !isMapped)
            }
        default:
            return nil
        }
    }

    private init(_ bytes: UnsafeRawBufferPointer, _ networkPort: UInt16, isIPv6: Bool) {
        var words: (UInt64, UInt64) = (0, 0)
        withUnsafeMutableBytes(of: &words) { $0.copyMemory(from: bytes) }
        (high, low) = words
        self.networkPort = networkPort
        self.isIPv6 = isIPv6
    }

    init?(_ storage: sockaddr_storage) {
        let address = withUnsafeBytes(of: storage) { bytes in
            bytes.baseAddress.flatMap { SocketAddress($0.assumingMemoryBound(to: sockaddr.self)) }
        }
        guard let address else { return nil }
        self = address
    }

    /// Where a connected socket's other end is; nil if that is no address of the internet.
    init?(peerOf descriptor: CInt) {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let status = withUnsafeMutableBytes(of: &storage) { bytes in
            bytes.baseAddress.map { getpeername(descriptor, $0.assumingMemoryBound(to: sockaddr.self), &length) }
        }
        guard status == 0 else { return nil }
        self.init(storage)
    }

    /// The system addresses that a host's name stands for.
    ///
    /// - Throws: ``NetworkError`` if the name cannot be resolved.
    static func resolve(host: String, port: Int) throws(NetworkError) -> [sockaddr_storage] {
        var hints = addrinfo()
        hints.ai_socktype = CInt(bitPattern: SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        var results: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, String(port), &hints, &results)
        guard status == 0 else {
            throw NetworkError(.cannotResolve, "\(host): \(String(cString: gai_strerror(status)))")
        }
        defer { freeaddrinfo(results) }
        var addresses: [sockaddr_storage] = []
        var next = results
        while let info = next?.pointee {
            var storage = sockaddr_storage()
            withUnsafeMutableBytes(of: &storage) { bytes in
                bytes.copyMemory(from: UnsafeRawBufferPointer(start: info.ai_addr, count: Int(info.ai_addrlen)))
            }
            addresses.append(storage)
            next = info.ai_next
        }
        return addresses
    }
}
