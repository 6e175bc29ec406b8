import SIOBytes

/// Who a proxy got a request from, as it tells the next one (RFC 7239 §4).
package struct ForwardedNode: Equatable, Sendable {
    /// The address, without a port and without brackets; nil for `unknown`, names that hide one, and what is no address.
    package var address: String?
    /// The scheme that the proxy was spoken to with, in small letters; nil where it does not say.
    package var scheme: String?

    package init(address: String?, scheme: String? = nil) {
        self.address = address
        self.scheme = scheme
    }
}

extension HTTPHeaders {
    /// The most proxies that are looked at, from the nearest on.
    package static let maxForwardedNodes = 64

    /// The nodes of `X-Forwarded-For`, the nearest proxy's last, with the schemes of `X-Forwarded-Proto`.
    ///
    /// Each proxy adds one to the end of each list, or puts one scheme in the place of all: so schemes are counted from the end.
    package var xForwarded: [ForwardedNode] {
        let schemes = elements(of: "X-Forwarded-Proto")
        let addresses = elements(of: "X-Forwarded-For")
        if addresses.isEmpty, let scheme = schemes.last {
            return [ForwardedNode(address: nil, scheme: scheme.lowercased())]
        }
        return addresses.indices.map { index in
            let place = schemes.count - (addresses.count - index)
            return ForwardedNode(
                address: Self.address(addresses[index]),
                scheme: schemes.isEmpty ? nil : schemes[Swift.max(place, 0)].lowercased())
        }
    }

    /// The nodes of `Forwarded` (RFC 7239), the nearest proxy's last; an element that cannot be read tells nothing.
    package var forwarded: [ForwardedNode] {
        elements(of: "Forwarded", quotes: true).map { element in
            var node = ForwardedNode(address: nil)
            for pair in Self.split(element, at: UInt8(ascii: ";")) {
                guard let equals = pair.utf8.firstIndex(of: UInt8(ascii: "=")) else { continue }
                let value = Self.unquoted(pair[pair.utf8.index(after: equals)...])
                switch Self.trimmed(pair[..<equals]).lowercased() {
                case "for": node.address = Self.address(value)
                case "proto": node.scheme = value.lowercased()
                default: break
                }
            }
            return node
        }
    }

    /// The members of a list over all fields of the name: the last ``maxForwardedNodes``.
    private func elements(of name: StaticString, quotes: Bool = false) -> [String] {
        var whole: String?
        withValue(of: name) { whole = $0.string }
        guard let whole else { return [] }
        return Self.split(whole, at: UInt8(ascii: ","), quotes: quotes).suffix(Self.maxForwardedNodes)
    }

    /// The address of a node: `192.0.2.1`, `192.0.2.1:80`, `[2001:db8::1]:80` or `2001:db8::1`.
    ///
    /// Whether it is one in earnest is for whoever reads addresses to say.
    static func address(_ node: String) -> String? {
        let isAddress = { (text: Substring) in
            !text.isEmpty
                && text.utf8.allSatisfy { $0.hexadecimalValue != nil || $0 == UInt8(ascii: ".") || $0 == .colon }
        }
        if node.utf8.first == UInt8(ascii: "[") {
            guard let end = node.utf8.firstIndex(of: UInt8(ascii: "]")) else { return nil }
            let inside = node[node.utf8.index(after: node.startIndex)..<end]
            let behind = node[node.utf8.index(after: end)...]
            guard isAddress(inside), behind.isEmpty || behind.utf8.first == .colon else { return nil }
            return String(inside)
        }
        var text = node[...]
        if node.utf8.count(where: { $0 == .colon }) == 1, let colon = node.utf8.firstIndex(of: .colon) {
            text = node[..<colon]
        }
        guard isAddress(text), text.utf8.contains(UInt8(ascii: ".")) || text.utf8.contains(.colon) else { return nil }
        return String(text)
    }

    /// The parts between separators that stand in no quotes, where there may be any, without spaces at their ends.
    ///
    /// Bytes are looked at, not characters: a mark in front of a comma is one character with it, and what a client wrote
    /// must not swallow what the nearest proxy wrote behind it.
    ///
    /// Quotes are counted from the end, because the end is what the nearest proxy wrote: one that a client left open in front
    /// of it must not swallow that.
    static func split(_ text: String, at separator: UInt8, quotes: Bool = true) -> [String] {
        let bytes = Array(text.utf8)
        var parts: [String] = []
        var end = bytes.count
        var isQuoted = false
        for index in bytes.indices.reversed() {
            if quotes, bytes[index] == UInt8(ascii: "\"") {
                if !isQuoted || !isEscaped(index, in: bytes) { isQuoted.toggle() }
            } else if bytes[index] == separator, !isQuoted {
                parts.append(trimmed(String(decoding: bytes[(index + 1)..<end], as: UTF8.self)[...]))
                end = index
            }
        }
        parts.append(trimmed(String(decoding: bytes[..<end], as: UTF8.self)[...]))
        return parts.reversed()
    }

    /// Whether an odd number of backslashes stands in front of a byte.
    private static func isEscaped(_ index: Int, in bytes: [UInt8]) -> Bool {
        var start = index
        while start > 0, bytes[start - 1] == UInt8(ascii: "\\") { start -= 1 }
        return (index - start) % 2 == 1
    }

    /// The text of a token or a quoted string (RFC 9110 §5.6.4).
    static func unquoted(_ text: Substring) -> String {
        let text = trimmed(text)
        let quote = UInt8(ascii: "\"")
        guard text.utf8.count >= 2, text.utf8.first == quote, text.utf8.last == quote else { return text }
        var bytes: [UInt8] = []
        var isEscaped = false
        for byte in text.utf8.dropFirst().dropLast() {
            if byte == UInt8(ascii: "\\"), !isEscaped {
                isEscaped = true
                continue
            }
            isEscaped = false
            bytes.append(byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func trimmed(_ text: Substring) -> String {
        let utf8 = text.utf8
        guard let first = utf8.firstIndex(where: { !$0.isWhitespace }),
            let last = utf8.lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(text[first...last])
    }
}

extension UInt8 {
    fileprivate static var colon: UInt8 { UInt8(ascii: ":") }
}
