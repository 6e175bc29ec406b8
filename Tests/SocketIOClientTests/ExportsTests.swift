import SocketIOClient
import Testing

/// A user imports this module, and no other of the package's.
@Suite struct ExportsTests {
    @Test func `all options can be set with one import`() throws {
        var options = Manager.Configuration()
        options.transports = [.websocket, .polling]
        options.extraHeaders["authorization"] = "Bearer s3cret"
        options.transportHeaders[.polling] = HTTPHeaders()
        options.query = [(name: "a", value: "b")]
        options.proxy = HTTPProxy(host: "proxy.example", port: 8080)
        options.perMessageDeflate?.threshold = 100
        options.parser = .messagePack
        options.loops = EventLoopGroup(loops: 1)
        var tls = TLSClientConfiguration()
        tls.minimumVersion = .tls13
        options.tls = try TLSClientContext(tls)
        #expect(options.extraHeaders["authorization"] == "Bearer s3cret")
    }
}
