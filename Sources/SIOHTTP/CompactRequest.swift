import SIOBytes

/// A request's head in one block of bytes, for whoever keeps it as long as a connection lives.
///
/// What an ``HTTPRequest`` has in parts of their own takes little more than its bytes here; the parts are made anew
/// whenever they are asked for. The body is not kept.
package struct CompactRequest: Sendable, Equatable {
    /// A byte for version and TLS; method, none for GET, and target, each behind its count; and the fields as they are
    /// stored in ``HTTPHeaders``.
    private let bytes: [UInt8]
    /// The client's certificate, if the request came over TLS with one.
    package let peerCertificate: PeerCertificate?

    /// Keeps the head of a request.
    package init(_ request: __shared HTTPRequest) {
        peerCertificate = request.peerCertificate
        // Each by itself: what is written below would have a copy of the whole request.
        let fields = request.headers.storage
        let target = request.target
        let version = UInt8(truncatingIfNeeded: request.minorVersion) << 1 | (request.isSecure ? 1 : 0)
        let name = request.method == .get ? "" : request.method.name
        let (method, path) = (name.rawSpan, target.rawSpan)
        let size = 1 + method.countedSize + path.countedSize + fields.count
        var head: [UInt8] = []
        head.reserveCapacity(size)
        head.append(addingCapacity: size) { bytes in
            bytes.append(version)
            bytes.append(counted: method)
            bytes.append(counted: path)
            bytes.append(fields.rawSpan)
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
    package var target: String { bytes.rawSpan.extracting(targetRange).string }

    /// The header fields.
    package var headers: HTTPHeaders {
        HTTPHeaders(storage: bytes.rawSpan.extracting(targetRange.upperBound..<bytes.count))
    }

    private var targetRange: Range<Int> {
        Self.text(at: Self.text(at: 1, in: bytes.rawSpan).upperBound, in: bytes.rawSpan)
    }

    /// Where the text is whose count lies at the offset.
    private static func text(at offset: Int, in bytes: borrowing RawSpan) -> Range<Int> {
        var start = offset
        let count = bytes.textCount(at: &start)
        return start..<start + count
    }
}
