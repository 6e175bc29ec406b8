/// The addresses that begin with the same bits, as CIDR writes them (RFC 4632 §3.1): `10.0.0.0/8`, `2001:db8::/32`, `::1`.
package struct AddressBlock: Sendable, Hashable {
    private let base: SocketAddress
    /// The bits that are the same.
    private let bits: Int

    /// Reads a block, or one address; nil if it is none.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let base = SocketAddress(host: String(parts[0]), port: 0) else { return nil }
        let width = base.isIPv6 ? 128 : 32
        self.base = base
        guard parts.count == 2 else {
            bits = width
            return
        }
        // An IPv4 address in the clothes of IPv6 is one of IPv4, and has no bits in front.
        guard (1...3).contains(parts[1].utf8.count), parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let bits = Int(parts[1]), bits <= width, base.isIPv6 || !parts[0].contains(":")
        else { return nil }
        self.bits = bits
    }

    /// Whether the address is one of the block's.
    package func contains(_ address: SocketAddress) -> Bool {
        guard address.isIPv6 == base.isIPv6 else { return false }
        return Self.areEqual(address.high, base.high, bits: min(bits, 64))
            && Self.areEqual(address.low, base.low, bits: max(bits - 64, 0))
    }

    /// Whether the first bits of two words in network order are the same.
    private static func areEqual(_ one: UInt64, _ other: UInt64, bits: Int) -> Bool {
        bits == 0 || UInt64(bigEndian: one ^ other) >> UInt64(64 - bits) == 0
    }
}
