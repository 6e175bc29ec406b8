import SIOBytes

/// A request's head in one block of bytes, for whoever keeps it as long as a connection lives.
///
/// What an ``HTTPRequest`` has in parts of their own takes little more than its bytes here; the parts are made anew
/// whenever they are asked for. The body is not kept.
package struct CompactRequest: Sendable, Equatable {
    /// A byte for version and TLS, then texts: method, none for GET; target; and each field's name and value.
    private let bytes: [UInt8]
    /// The client's certificate, if the request came over TLS with one.
    package let peerCertificate: PeerCertificate?

    /// Keeps the head of a request.
    package init(_ request: __shared HTTPRequest) {
        peerCertificate = request.peerCertificate
        // Each by itself: what is written below would have a copy of the whole request.
        let storage = request.headers.storage
        let target = request.target
        let version = UInt8(truncatingIfNeeded: request.minorVersion) << 1 | (request.isSecure ? 1 : 0)
        let fields = storage.rawSpan
        let method = request.method == .get ? "" : request.method.name
        var size = 1 + Self.size(of: method.rawSpan) + Self.size(of: target.rawSpan)
        var offset = 0
        while let field = HTTPHeaders.field(at: offset, in: fields) {
            size += Self.size(of: fields.extracting(field.name)) + Self.size(of: fields.extracting(field.value))
            offset = field.value.upperBound
        }
        var head: [UInt8] = []
        head.reserveCapacity(size)
        head.append(addingCapacity: size) { bytes in
            bytes.append(version)
            Self.append(method.rawSpan, to: &bytes)
            Self.append(target.rawSpan, to: &bytes)
            let fields = storage.rawSpan
            var offset = 0
            while let field = HTTPHeaders.field(at: offset, in: fields) {
                Self.append(fields.extracting(field.name), to: &bytes)
                Self.append(fields.extracting(field.value), to: &bytes)
                offset = field.value.upperBound
            }
        }
        bytes = head
    }

    /// The request, without a body.
    package var request: HTTPRequest {
        var request = HTTPRequest(target: target, minorVersion: Int(bytes[0] >> 1), headers: headers)
        let method = Self.text(at: 1, in: bytes.rawSpan)
        if !method.isEmpty { request.method = HTTPMethod(checked: bytes.rawSpan.extracting(method).string) }
        request.isSecure = isSecure
        request.peerCertificate = peerCertificate
        return request
    }

    /// Whether it came over TLS.
    package var isSecure: Bool { bytes[0] & 1 != 0 }

    /// The path and query as they were sent.
    package var target: String {
        let method = Self.text(at: 1, in: bytes.rawSpan)
        return bytes.rawSpan.extracting(Self.text(at: method.upperBound, in: bytes.rawSpan)).string
    }

    /// The header fields.
    package var headers: HTTPHeaders {
        let bytes = bytes.rawSpan
        var headers = HTTPHeaders()
        var end = Self.text(at: Self.text(at: 1, in: bytes).upperBound, in: bytes).upperBound
        // A field's counts take a word there and two bytes here, in most cases.
        headers.reserve((bytes.byteCount - end) * 5 / 4 + 64)
        while end < bytes.byteCount {
            let name = Self.text(at: end, in: bytes)
            let value = Self.text(at: name.upperBound, in: bytes)
            headers.append(name: bytes.extracting(name), value: bytes.extracting(value))
            end = value.upperBound
        }
        return headers
    }

    // MARK: Texts, each behind the count of its bytes: seven bits a byte, the lowest first, the last one below 128

    private static func size(of text: borrowing RawSpan) -> Int {
        var size = 1 + text.byteCount
        var rest = text.byteCount >> 7
        while rest > 0 {
            size += 1
            rest >>= 7
        }
        return size
    }

    private static func append(_ text: borrowing RawSpan, to bytes: inout OutputSpan<UInt8>) {
        var rest = text.byteCount
        while rest > 0x7F {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
        bytes.append(text)
    }

    /// Where the text is whose count lies at the offset.
    private static func text(at offset: Int, in bytes: borrowing RawSpan) -> Range<Int> {
        var count = 0
        var shift = 0
        var start = offset
        while bytes[start] > 0x7F {
            count |= Int(bytes[start] & 0x7F) << shift
            shift += 7
            start += 1
        }
        count |= Int(bytes[start]) << shift
        return start + 1..<start + 1 + count
    }
}
