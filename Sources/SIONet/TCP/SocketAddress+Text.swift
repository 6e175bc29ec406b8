import CLibUV
import Glibc

extension SocketAddress {
    /// Reads an IP address, `127.0.0.1` or `::1`; nil if the text is none, or the port is beyond 65535.
    ///
    /// Names are not looked up.
    public init?(host: String, port: Int) {
        guard let port = UInt16(exactly: port), !host.utf8.contains(0) else { return nil }
        var storage = sockaddr_storage()
        let status = withUnsafeMutableBytes(of: &storage) { bytes -> CInt in
            guard let start = bytes.baseAddress else { return -1 }
            let status = uv_ip4_addr(host, CInt(port), start.assumingMemoryBound(to: sockaddr_in.self))
            return status == 0 ? 0 : uv_ip6_addr(host, CInt(port), start.assumingMemoryBound(to: sockaddr_in6.self))
        }
        guard status == 0 else { return nil }
        self.init(storage)
    }
}
