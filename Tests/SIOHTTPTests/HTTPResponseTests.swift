import SIOHTTP
import Testing

@Suite struct HTTPResponseTests {
    @Test func `the short ways to make one say what they hold`() {
        let text = HTTPResponse.text("é", status: .notFound)
        #expect(text.status == .notFound)
        #expect(text.headers["content-type"] == "text/plain; charset=utf-8")
        #expect(text.body == Array("é".utf8))
        let json = HTTPResponse.json([0x7B, 0x7D])
        #expect(json.status == .ok)
        #expect(json.headers["content-type"] == "application/json")
        #expect(json.body == [0x7B, 0x7D])
        #expect(HTTPResponse.html("<p>").headers["content-type"] == "text/html; charset=utf-8")
        #expect(HTTPResponse.html("<p>").body == Array("<p>".utf8))
        #expect(HTTPResponse.empty(.noContent) == HTTPResponse(status: .noContent))
    }
}
