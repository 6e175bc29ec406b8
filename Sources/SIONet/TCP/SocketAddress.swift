import CLibUV
import Glibc

/// An IP address and a port.
public struct SocketAddress: Sendable, Hashable, CustomStringConvertible {
    /// The address as text, `127.0.0.1` or `::1`.
    public let host: String
    /// The port, 0…65535.
    public let port: Int
    /// Whether the address is one of IPv6.
    public let isIPv6: Bool

    /// `127.0.0.1:3000`, or `[::1]:3000`.
    public var description: String { isIPv6 ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// Reads a system address; nil if it is of another family.
    init?(_ storage: UnsafePointer<sockaddr>) {
        var text = [CChar](repeating: 0, count: 64)
        switch Int32(storage.pointee.sa_family) {
        case AF_INET:
            let raw = UnsafeRawPointer(storage).assumingMemoryBound(to: sockaddr_in.self)
            uv_ip4_name(raw, &text, text.count)
            port = Int(UInt16(bigEndian: raw.pointee.sin_port))
            isIPv6 = false
        case AF_INET6:
            let raw = UnsafeRawPointer(storage).assumingMemoryBound(to: sockaddr_in6.self)
            uv_ip6_name(raw, &text, text.count)
            port = Int(UInt16(bigEndian: raw.pointee.sin6_port))
            isIPv6 = true
        default:
            return nil
        }
        let name = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // A dual-stack listener sees IPv4 peers as ::ffff:a.b.c.d.
        host = name.hasPrefix("::ffff:") && name.contains(".") ? String(name.dropFirst(7)) : name
    }

    init?(_ storage: sockaddr_storage) {
        let address = withUnsafeBytes(of: storage) { bytes in
            bytes.baseAddress.flatMap { SocketAddress($0.assumingMemoryBound(to: sockaddr.self)) }
        }
        guard let address else { return nil }
        self = address
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

/// What went wrong below the protocols.
public struct NetworkError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The name of the kind, `cannotListen`.
        public let description: String

        /// The host's name has no address.
        public static let cannotResolve = Code(description: "cannotResolve")
        /// The address is in use, or not ours, or not allowed.
        public static let cannotListen = Code(description: "cannotListen")
    }

    /// The kind of failure.
    public let code: Code
    /// What failed and why, for people.
    public let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
