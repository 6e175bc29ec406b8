import EngineIO
import SIOBytes
import SIOHTTP
import SIONet
import SIOWebSocket
import Synchronization

/// Serves the browser client beside the engine: `/socket.io/socket.io.js`, and the same file as `socket.io.min.js`.
///
/// Its source map, which there is none of, and the reference's other bundles are answered with 404.
final class BrowserClient: HTTPHandler {
    private let bytes: [UInt8]
    /// What marks the text of this version.
    private let mark: String
    private let cors: CORS?
    /// The bytes as they were compressed, once for each coding that was asked for.
    private let compressed = Mutex<[ContentCoding: [UInt8]]>([:])

    init(bytes: [UInt8], cors: CORS?) {
        self.bytes = bytes
        self.cors = cors?.unlessNone
        // FNV-1a: the tag must change with the text, and need not resist anybody.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        mark = String(hash, radix: 16)
    }

    /// Has the client's file served below the path.
    static func mount(on http: HTTPServer, path: String, cors: CORS?) {
        let folder = path.hasSuffix("/") ? path : path + "/"
        let client = BrowserClient(bytes: PackageResources.socket_io_js, cors: cors)
        http.mount(client, at: folder + "socket.io.js", exactly: true)
        http.mount(client, at: folder + "socket.io.min.js", exactly: true)
        let missing = MissingFile()
        for name in ["socket.io", "socket.io.min"] {
            http.mount(missing, at: folder + name + ".js.map", exactly: true)
        }
        for name in ["socket.io.esm.min", "socket.io.msgpack.min"] {
            http.mount(missing, at: folder + name + ".js", exactly: true)
            http.mount(missing, at: folder + name + ".js.map", exactly: true)
        }
    }

    func handle(_ exchange: HTTPExchange) {
        guard let cors, cors.mustAsk(exchange.request), let origin = exchange.request.headers["Origin"] else {
            return answer(exchange, isAllowed: nil)
        }
        exchange.ask {
            await cors.allows(origin: origin)
        } then: { [self] exchange, isAllowed in
            answer(exchange, isAllowed: isAllowed)
        }
    }

    private func answer(_ exchange: HTTPExchange, isAllowed: Bool?) {
        let request = exchange.request
        guard request.method == .get || request.method == .head else {
            var response = HTTPResponse.text("Method Not Allowed\n", status: .methodNotAllowed)
            response.headers.add("Allow", "GET, HEAD")
            return exchange.respond(response)
        }
        let coding = ContentCoding.preferred(by: request.headers)
        // Other bytes are another representation, whose tag must be another one (RFC 9110 §8.8.3.3).
        let tag = "\"" + mark + (coding.map { "-" + $0.rawValue } ?? "") + "\""
        var response = HTTPResponse(headers: ["Cache-Control": "public, max-age=0", "ETag": tag])
        response.headers.add("Vary", "Accept-Encoding")
        cors?.addHeaders(to: &response.headers, origin: request.headers["Origin"], isAllowed: isAllowed)
        if isKnown(tag, by: request.headers) {
            response.status = .notModified
            return exchange.respond(response)
        }
        response.headers.add("Content-Type", "application/javascript; charset=utf-8")
        if let coding { response.headers.add("Content-Encoding", coding.rawValue) }
        response.body = coding.map { body(in: $0, exchange.core.compression.pool) } ?? bytes
        exchange.respond(response)
    }

    /// Whether the client has these bytes already (RFC 9110 §13.1.2).
    private func isKnown(_ tag: String, by headers: HTTPHeaders) -> Bool {
        headers.containsToken(tag, in: "If-None-Match") || headers.containsToken("W/" + tag, in: "If-None-Match")
            || headers.containsToken("*", in: "If-None-Match")
    }

    private func body(in coding: ContentCoding, _ pool: DeflatePool) -> [UInt8] {
        if let body = compressed.withLock({ $0[coding] }) { return body }
        let format: Deflater.Format =
            switch coding {
            case .gzip: .gzip
            case .deflate: .zlib
            }
        let plain = bytes
        var body: [UInt8] = []
        pool.deflater(Deflater.Settings(format: format, level: 9)).deflate(body: plain.span.bytes, into: &body)
        compressed.withLock { $0[coding] = body }
        return body
    }
}

/// Answers 404, where the engine would take the path for one of its own.
private final class MissingFile: HTTPHandler {
    func handle(_ exchange: HTTPExchange) {
        exchange.respond(.text("Not Found\n", status: .notFound))
    }
}
