import SIOHTTP
import SIOWebSocket
import Testing

@testable import EngineIO

@Suite struct `Compression of polling answers` {
    private static let long = [UInt8](String(repeating: "a text that repeats itself; ", count: 100).utf8)

    private func response(
        _ accepts: String?, _ body: [UInt8] = long, _ change: (inout HTTPCompression) -> Void = { _ in }
    ) -> HTTPResponse {
        var request = HTTPRequest(method: .get, target: "/")
        if let accepts { request.headers.add("Accept-Encoding", accepts) }
        var response = HTTPResponse(body: body)
        var compression = HTTPCompression()
        change(&compression)
        compression.apply(to: &response, request: request, pool: DeflatePool())
        return response
    }

    /// The stream between a format's header and its checksum.
    private func inflate(_ body: [UInt8], head: Int, tail: Int) throws -> [UInt8] {
        var output: [UInt8] = []
        try Inflater().inflate(
            Array(body[head..<body.count - tail]).span.bytes, window: nil, limit: 1 << 20, into: &output)
        return output
    }

    @Test(arguments: [("gzip, deflate, br", "gzip", 10, 8), ("deflate", "deflate", 2, 4)])
    func `a body is in the coding that the client wants`(accepts: String, coding: String, head: Int, tail: Int) throws {
        let response = response(accepts)
        #expect(response.headers["Content-Encoding"] == coding)
        #expect(response.headers["Vary"] == "Accept-Encoding")
        #expect(response.body.count < 200)
        #expect(try inflate(response.body, head: head, tail: tail) == Self.long)
    }

    @Test(arguments: [nil, "br", "gzip;q=0", "identity"] as [String?])
    func `a client that wants none gets the plain body`(accepts: String?) {
        let response = response(accepts)
        #expect(response.body == Self.long && response.headers["Content-Encoding"] == nil)
        #expect(response.headers["Vary"] == "Accept-Encoding")
    }

    @Test func `a body below the threshold stays as it is`() {
        let (below, at) = (Array(Self.long[..<1023]), Array(Self.long[..<1024]))
        #expect(response("gzip", below).body == below)
        #expect(response("gzip", below).headers.isEmpty)
        #expect(response("gzip", at).headers["Content-Encoding"] == "gzip")
        #expect(response("gzip", [1, 2, 3]) { $0.threshold = 0 }.headers["Content-Encoding"] == nil)
    }

    @Test func `a value that means nothing is the caller's mistake`() async {
        await #expect(processExitsWith: .failure) {
            var configuration = EngineServer.Configuration()
            configuration.httpCompression?.level = 10
            _ = EngineServer(configuration)
        }
        await #expect(processExitsWith: .failure) {
            var configuration = EngineServer.Configuration()
            configuration.httpCompression?.threshold = -1
            _ = EngineServer(configuration)
        }
        await #expect(processExitsWith: .failure) {
            var configuration = EngineServer.Configuration()
            configuration.perMessageDeflate = PerMessageDeflate()
            configuration.perMessageDeflate?.level = 10
            _ = EngineServer(configuration)
        }
    }
}
