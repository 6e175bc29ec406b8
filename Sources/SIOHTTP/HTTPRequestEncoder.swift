package import SIOBytes

/// Writes requests, as a client does (RFC 9112 §3).
package enum HTTPRequestEncoder {
    /// Appends the request, and its body with its length.
    ///
    /// `Content-Length` and `Transfer-Encoding` are written here, whatever the fields say. What may not stand in a
    /// target is percent-encoded.
    ///
    /// - Precondition: The fields have a `Host` (RFC 9112 §3.2).
    package static func append(_ request: HTTPRequest, into buffer: inout ByteBuffer) {
        precondition(request.headers.first("Host") != nil, "a request must name its host")
        buffer.reserve(64 + request.target.utf8.count + request.headers.storage.count + request.body.count)
        buffer.append(request.method.name)
        buffer.append(" ")
        append(target: request.target, into: &buffer)
        buffer.append(request.minorVersion == 0 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n")
        request.headers.append(to: &buffer, without: .framing)
        // RFC 9110 §8.6: methods that mean a body say so also if it is empty.
        if !request.body.isEmpty || [.post, .put, .patch].contains(request.method) {
            buffer.append("Content-Length: ")
            buffer.append(decimal: request.body.count)
            buffer.append("\r\n")
        }
        buffer.append("\r\n")
        buffer.append(request.body)
    }

    private static func append(target: String, into buffer: inout ByteBuffer) {
        if target.isEmpty { buffer.append("/") }
        PercentEncoding.append(target, keeping: { $0.isTargetCharacter }, to: &buffer)
    }
}
