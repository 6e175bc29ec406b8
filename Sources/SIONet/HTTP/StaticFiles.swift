import Glibc
import SIOHTTP

/// Serves the files of a directory, with entity tags.
final class StaticFiles: HTTPHandler {
    /// A larger file is not served: it would be read into memory whole.
    static let maxFileSize = 64 * 1024 * 1024

    private let root: String
    private let prefix: String

    init(directory: String, path: String) {
        root =
            realpath(directory, nil).map { resolved in
                defer { free(resolved) }
                return String(cString: resolved)
            } ?? directory
        prefix = path.hasSuffix("/") ? path : path + "/"
    }

    func handle(_ exchange: HTTPExchange) {
        exchange.respond(response(to: exchange.request))
    }

    private func response(to request: HTTPRequest) -> HTTPResponse {
        guard request.method == .get || request.method == .head else {
            var response = HTTPResponse.text("Method Not Allowed\n", status: .methodNotAllowed)
            response.headers["Allow"] = "GET, HEAD"
            return response
        }
        guard let name = Self.relativeName(of: request.path, below: prefix), let file = open(name) else {
            return .text("Not Found\n", status: .notFound)
        }
        defer { Glibc.close(file.descriptor) }

        let tag = "\"\(file.size)-\(file.modified)\""
        var response = HTTPResponse(status: .ok, headers: ["ETag": tag, "Cache-Control": "no-cache"])
        response.headers["X-Content-Type-Options"] = "nosniff"
        if request.headers.containsToken(tag, in: "If-None-Match") {
            response.status = .notModified
            return response
        }
        guard let body = Self.read(file.descriptor, count: file.size) else {
            return .text("Internal Server Error\n", status: .internalServerError)
        }
        response.headers["Content-Type"] = Self.contentType(of: name)
        response.body = body
        return response
    }

    /// The file's name below the directory; nil if the path is none, or would lead out of the directory.
    static func relativeName(of path: String, below prefix: String) -> String? {
        guard path.hasPrefix(prefix), let decoded = percentDecoded(path.dropFirst(prefix.utf8.count)) else {
            return nil
        }
        let name = decoded.isEmpty || decoded.utf8.last == UInt8(ascii: "/") ? decoded + "index.html" : decoded
        // The system takes bytes for names: a slash behind a mark is a slash, although it is no character by itself.
        for part in name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            // Hidden files are nobody's business.
            if part.isEmpty || part.first == UInt8(ascii: ".") || part.contains(0) { return nil }
        }
        return name
    }

    private static func percentDecoded(_ text: Substring) -> String? {
        let (bytes, isWellFormed) = PercentEncoding.decode(text.utf8Span.span.bytes)
        return isWellFormed ? String(validating: bytes, as: UTF8.self) : nil
    }

    private func open(_ name: String) -> (descriptor: CInt, size: Int, modified: Int)? {
        // Where links lead is looked at, too.
        guard let resolved = realpath(root + "/" + name, nil) else { return nil }
        defer { free(resolved) }
        guard String(cString: resolved).utf8.starts(with: (root + "/").utf8) else { return nil }
        // A pipe that nobody writes would keep the loop waiting.
        let descriptor = Glibc.open(resolved, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        var information = stat()
        guard fstat(descriptor, &information) == 0, information.st_mode & S_IFMT == S_IFREG,
            information.st_size <= Self.maxFileSize
        else {
            Glibc.close(descriptor)
            return nil
        }
        let modified = information.st_mtim.tv_sec * 1000 + information.st_mtim.tv_nsec / 1_000_000
        return (descriptor, Int(information.st_size), modified)
    }

    private static func read(_ descriptor: CInt, count: Int) -> [UInt8]? {
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let n = Glibc.read(descriptor, buffer.baseAddress.map { $0 + filled }, count - filled)
                if n <= 0 { break }
                filled += n
            }
        }
        return bytes.count == count ? bytes : nil
    }

    private static func contentType(of name: String) -> String {
        switch name.split(separator: ".").last {
        case "html": "text/html; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "js", "mjs": "text/javascript; charset=utf-8"
        case "json", "map": "application/json"
        case "svg": "image/svg+xml"
        case "png": "image/png"
        case "jpg", "jpeg": "image/jpeg"
        case "gif": "image/gif"
        case "webp": "image/webp"
        case "ico": "image/x-icon"
        case "woff2": "font/woff2"
        case "wasm": "application/wasm"
        case "txt", "md": "text/plain; charset=utf-8"
        case "webmanifest": "application/manifest+json"
        default: "application/octet-stream"
        }
    }
}
