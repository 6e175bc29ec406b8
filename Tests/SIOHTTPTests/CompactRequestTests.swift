import Testing

@testable import SIOHTTP

@Suite struct CompactRequestTests {
    private static let browsers = HTTPRequest(
        target: "/socket.io/?EIO=4&transport=websocket&name=%C3%A9",
        headers: [
            "Host": "chat.example.com:3000", "connection": "Upgrade", "Upgrade": "websocket", "Empty": "",
            "Cookie": "a=1", "cookie": "b=2",
        ])

    private static var others: HTTPRequest {
        var request = HTTPRequest(method: HTTPMethod("PURGE"), target: "*", minorVersion: 0, body: [1])
        request.isSecure = true
        request.peerCertificate = PeerCertificate(subject: "CN=device", der: [1, 2, 3])
        return request
    }

    @Test(arguments: [browsers, others, HTTPRequest(target: "/")])
    func `everything but the body is there again`(_ request: HTTPRequest) {
        let compact = CompactRequest(request)
        var expected = request
        expected.body = []
        #expect(compact.request == expected)
        #expect(compact.target == request.target)
        #expect(compact.headers == request.headers)
        #expect(compact.isSecure == request.isSecure)
        #expect(compact.peerCertificate == request.peerCertificate)
        #expect(CompactRequest(compact.request) == compact)
    }

    /// Around the counts of bytes at which a count takes a byte more.
    @Test(arguments: [0, 1, 126, 127, 128, 129, 16383, 16384, 16385, 2_097_152])
    func `a text may have any length`(_ count: Int) {
        let text = String(repeating: "v", count: count)
        let request = HTTPRequest(
            target: "/" + text, headers: ["Before": "1", "N" + text: text, "Behind": "2"])
        let compact = CompactRequest(request)
        #expect(compact.request == request)
        #expect(compact.headers["Behind"] == "2")
    }
}
