import SIOBytes

/// How a message says where its body ends (RFC 9112 §6.3).
enum BodyLength: Equatable {
    /// After so many bytes.
    case bytes(Int)
    /// After the chunk of size 0.
    case chunked
    /// With the connection. Responses only.
    case untilEnd
}

extension HTTPHeaders {
    /// What the fields say about the body's length; nil if they say nothing.
    ///
    /// Whatever two readers could understand differently is refused, also where RFC 9112 would let us repair it.
    func bodyLength(minorVersion: Int) throws(HTTPError) -> BodyLength? {
        let bytes = storage.rawSpan
        let length = first(own: "Content-Length")
        guard let coding = first(own: "Transfer-Encoding") else {
            guard let length else { return nil }
            guard first(own: "Content-Length", from: length.end) == nil,
                let count = try bytes.extracting(length.value).decimal()
            else { throw .invalidContentLength }
            return .bytes(count)
        }
        if length != nil { throw .conflictingLengths }
        if minorVersion == 0 || first(own: "Transfer-Encoding", from: coding.end) != nil {
            throw .invalidTransferEncoding
        }
        let value = bytes.extracting(coding.value)
        if value.equalsIgnoringCase("chunked") { return .chunked }
        // RFC 9112 §6.1 and §6.3: 501 for a coding that we do not know, 400 if `chunked` is not the last one.
        throw value.isListWithLastMemberChunked ? .unsupportedTransferEncoding : .invalidTransferEncoding
    }
}

extension RawSpan {
    /// Whether `chunked` is the last member of the comma-separated list, and no other member of it.
    fileprivate var isListWithLastMemberChunked: Bool {
        var start = 0
        while let comma = firstIndex(of: UInt8(ascii: ","), from: start) {
            if extracting(trimming(start..<comma)).equalsIgnoringCase("chunked") { return false }
            start = comma + 1
        }
        return extracting(trimming(start..<byteCount)).equalsIgnoringCase("chunked")
    }
}
