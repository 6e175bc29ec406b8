import CLibUV
import Glibc

extension SocketAddress {
    /// The system addresses that need no question to anybody: of an IP address, and of `localhost` (RFC 6761 §6.3).
    ///
    /// - Returns: Nil if the host is another name.
    static func known(host: String, port: Int) -> [sockaddr_storage]? {
        var name = host.lowercased()
        if name.hasSuffix(".") { name.removeLast() }
        let hosts = name == "localhost" || name.hasSuffix(".localhost") ? ["::1", "127.0.0.1"] : [host]
        let addresses = hosts.compactMap { storage(host: $0, port: port) }
        return addresses.isEmpty ? nil : addresses
    }

    /// The system's form of an IP address; nil if the text is none, or the port is beyond 65535.
    static func storage(host: String, port: Int) -> sockaddr_storage? {
        guard let port = UInt16(exactly: port), !host.utf8.contains(0) else { return nil }
        var storage = sockaddr_storage()
        let status = withUnsafeMutableBytes(of: &storage) { bytes -> CInt in
            guard let start = bytes.baseAddress else { return -1 }
            let status = uv_ip4_addr(host, CInt(port), start.assumingMemoryBound(to: sockaddr_in.self))
            return status == 0 ? 0 : uv_ip6_addr(host, CInt(port), start.assumingMemoryBound(to: sockaddr_in6.self))
        }
        return status == 0 ? storage : nil
    }
}
