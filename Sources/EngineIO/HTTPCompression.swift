import SIOHTTP
import SIOWebSocket

/// How the answers of HTTP long-polling are compressed, for clients that accept it.
public struct HTTPCompression: Sendable, Hashable {
    /// The bytes that a body needs to be worth compressing; one of fewer is sent as it is.
    public var threshold = 1024
    /// How hard the server tries, from 1 (fast) to 9 (small).
    public var level = 6

    /// The reference's defaults.
    public init() {}

    /// Traps if a field has a value that means nothing: a mistake of the caller's, found before a client comes.
    func check() {
        precondition(threshold >= 0, "a threshold below zero")
        precondition((1...9).contains(level), "level is 1…9")
    }

    /// Compresses a response as the request's `Accept-Encoding` says, unless it gets no shorter.
    func apply(to response: inout HTTPResponse, request: HTTPRequest, pool: DeflatePool) {
        guard response.body.count >= threshold else { return }
        response.headers.add("Vary", "Accept-Encoding")
        guard let coding = ContentCoding.preferred(by: request.headers) else { return }
        let format: Deflater.Format =
            switch coding {
            case .gzip: .gzip
            case .deflate: .zlib
            }
        var body: [UInt8] = []
        pool.deflater(Deflater.Settings(format: format, level: level)).deflate(
            body: response.body.span.bytes, into: &body)
        guard body.count < response.body.count else { return }
        response.body = body
        response.headers.add("Content-Encoding", coding.rawValue)
    }
}
