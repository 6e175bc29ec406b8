import EngineIO
import SIOBytes
import SIOHTTP
import SIONet

/// Serves the browser client beside the engine: `/socket.io/socket.io.js`.
final class BrowserClient: HTTPHandler {
    private let bytes: [UInt8]
    private let tag: String
    private let cors: CORS?

    private init(bytes: [UInt8], cors: CORS?) {
        self.bytes = bytes
        self.cors = cors
        // FNV-1a: the tag must change with the text, and need not resist anybody.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        tag = "\"" + String(hash, radix: 16) + "\""
    }

    /// Has the client's file served below the path.
    static func mount(on http: HTTPServer, path: String, cors: CORS?) {
        let folder = path.hasSuffix("/") ? path : path + "/"
        http.mount(
            BrowserClient(bytes: PackageResources.socket_io_js, cors: cors), at: folder + "socket.io.js", exactly: true)
    }

    func handle(_ exchange: HTTPExchange) {
        let request = exchange.request
        guard request.method == .get || request.method == .head else {
            return exchange.respond(.text("Method Not Allowed\n", status: .methodNotAllowed))
        }
        var response = HTTPResponse(headers: ["Cache-Control": "public, max-age=0", "ETag": tag])
        cors?.addHeaders(to: &response.headers, origin: request.headers["Origin"])
        if request.headers.containsToken(tag, in: "If-None-Match")
            || request.headers.containsToken("W/" + tag, in: "If-None-Match")
        {
            response.status = .notModified
            return exchange.respond(response)
        }
        response.headers.add("Content-Type", "application/javascript; charset=utf-8")
        response.body = bytes
        exchange.respond(response)
    }
}
