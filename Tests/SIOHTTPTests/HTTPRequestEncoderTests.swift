import SIOBytes
import SIOHTTP
import TestSupport
import Testing

@Suite struct HTTPRequestEncoderTests {
    private func text(of request: HTTPRequest) -> String {
        var buffer = ByteBuffer()
        HTTPRequestEncoder.append(request, into: &buffer)
        return buffer.text
    }

    @Test func `a request has its line and its fields`() {
        let request = HTTPRequest(
            target: "/a?b", headers: ["Host": "c", "Connection": "Upgrade", "Upgrade": "websocket"])
        #expect(
            text(of: request) == "GET /a?b HTTP/1.1\r\nHost: c\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
        #expect(
            text(of: HTTPRequest(target: "/", minorVersion: 0, headers: ["Host": "c"]))
                == "GET / HTTP/1.0\r\nHost: c\r\n\r\n")
    }

    @Test func `a body has its length, whatever the fields say`() {
        let request = HTTPRequest(
            method: .post, target: "/",
            headers: ["Content-Length": "9", "Host": "a", "transfer-encoding": "chunked"], body: Array("hello".utf8))
        #expect(text(of: request) == "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")
    }

    @Test func `an empty body has a length where the method means one`() {
        #expect(text(of: HTTPRequest(method: .post, target: "/", headers: ["Host": "a"])).contains("Content-Length: 0"))
        #expect(!text(of: HTTPRequest(method: .delete, target: "/", headers: ["Host": "a"])).contains("Content-Length"))
    }

    @Test(arguments: [
        ("", "/"), ("/a b", "/a%20b"), ("/a\r\nX: y", "/a%0D%0AX:%20y"), ("/é", "/%C3%A9"), ("/#x", "/%23x"),
        ("/%20", "/%20"), ("/\u{0}\u{7F}", "/%00%7F"),
    ])
    func `no target can break out of its line`(target: String, written: String) {
        #expect(
            text(of: HTTPRequest(target: target, headers: ["Host": "a"]))
                == "GET \(written) HTTP/1.1\r\nHost: a\r\n\r\n")
    }

    @Test func `a request that was written is read again`() {
        let request = HTTPRequest(
            method: .put, target: "/x?y=z", headers: ["Host": "a:1", "X": "é"], body: [])
        var read = request
        read.headers.add("Content-Length", "0")
        #expect(SIOHTTPTests.read(text(of: request)).events == [.request(read), .end])
    }

    @Test func `a request without host is a programming error`() async {
        await #expect(processExitsWith: .failure) {
            var buffer = ByteBuffer()
            HTTPRequestEncoder.append(HTTPRequest(target: "/"), into: &buffer)
        }
    }
}
