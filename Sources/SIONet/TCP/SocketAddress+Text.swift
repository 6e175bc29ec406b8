extension SocketAddress {
    /// Reads an IP address, `127.0.0.1` or `::1`; nil if the text is none, or the port is beyond 65535.
    ///
    /// Names are not looked up.
    public init?(host: String, port: Int) {
        guard let storage = Self.storage(host: host, port: port) else { return nil }
        self.init(storage)
    }
}
