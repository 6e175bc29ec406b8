import Foundation
import Glibc
import TestSupport
import Testing

@testable import SIONet

@Suite struct StaticFilesTests {
    @Test(
        arguments: [
            ("/", "index.html"), ("/a.css", "a.css"), ("/b/", "b/index.html"), ("/a%20b.txt", "a b.txt"),
            ("/../etc/passwd", nil), ("/%2e%2e/etc/passwd", nil), ("/.git/config", nil), ("//x", nil), ("/%00", nil),
            ("/a%2f..%2fb", nil), ("/%zz", nil), ("/%+a", nil), ("/%4", nil), ("/%C3%BC", "ü"), ("/%C3", nil),
            ("/a%D8%85/.env", nil),
        ] as [(String, String?)])
    func `a path names a file below the directory or nothing`(path: String, name: String?) {
        #expect(StaticFiles.relativeName(of: path, below: "/") == name)
    }

    /// A directory for the test, with what the closure puts there; it goes when the test ends.
    private func withDirectory(
        _ fill: (String) -> Void, _ body: @escaping @Sendable (RawClient) async throws -> Void
    ) async throws {
        var template = Array("/tmp/static-files-XXXXXX".utf8CString)
        let directory = try #require(mkdtemp(&template).map { String(cString: $0) })
        defer { try? FileManager.default.removeItem(atPath: directory) }
        fill(directory)
        try await withServer(mount: { $0.serveFiles(of: directory) }) { _, port in
            try await body(try RawClient(port: port))
        }
    }

    private static func write(_ text: String, to path: String) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        _ = Glibc.write(descriptor, text, text.utf8.count)
        close(descriptor)
    }

    private static func get(_ path: String, _ more: String = "") -> String {
        "GET \(path) HTTP/1.1\r\nHost: x\r\n\(more)\r\n"
    }

    @Test func `a file is served with its tag, and not again to whom has it`() async throws {
        try await withDirectory {
            Self.write("<p>hello", to: $0 + "/index.html")
        } _: { client in
            client.send(Self.get("/"))
            let (head, body) = client.receiveResponse()
            #expect(head.contains("\r\nContent-Type: text/html; charset=utf-8\r\n"))
            #expect(body == Array("<p>hello".utf8))
            let tag = try #require(head.split(separator: "\r\n").first { $0.hasPrefix("ETag: ") }).dropFirst(6)
            client.send(Self.get("/", "If-None-Match: \(tag)\r\n"))
            #expect(client.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 304 "))
            client.send("DELETE / HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(client.receiveResponse().head.hasPrefix("HTTP/1.1 405 "))
        }
    }

    @Test func `what is no file of the directory is not served, and keeps nobody waiting`() async throws {
        try await withDirectory {
            mkfifo($0 + "/pipe", 0o600)
            mkdir($0 + "/directory", 0o700)
            symlink("/etc/passwd", $0 + "/link")
            Self.write("secret", to: $0 + "/.hidden")
        } _: { client in
            for path in ["/pipe", "/directory", "/directory/", "/link", "/.hidden", "/nothing"] {
                client.send(Self.get(path))
                #expect(client.receiveResponse().head.hasPrefix("HTTP/1.1 404 "), "\(path)")
            }
        }
    }
}
