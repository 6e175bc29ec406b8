import EngineIOProtocol
import SIOBytes
import Testing

@Suite struct SharedEngineConfigurationTests {
    @Test(arguments: EngineTransport.allCases, ["S", "", "a\"\\\u{1}€😀"])
    func `the handshake is what it would be by itself`(transport: EngineTransport, sid: String) {
        var configuration = EngineConfiguration()
        configuration.pingInterval = .milliseconds(1)
        configuration.maxPayload = 7
        let alone = EngineHandshake(
            sid: sid, upgrades: transport == .polling ? [.websocket] : [], pingInterval: .milliseconds(1),
            pingTimeout: .seconds(20), maxPayload: 7)
        var expected = ByteBuffer()
        alone.append(to: &expected)
        let packet = SharedEngineConfiguration(configuration).openPacket(
            sid: sid.utf8Span.span.bytes, transport: transport)
        #expect(String(decoding: packet, as: UTF8.self) == "0" + expected.bytes.string)
    }

    @Test(arguments: [
        ("S", "S"), ("", ""), ("\"", #"\""#), (#"\"#, #"\\"#), ("\u{1F}", #"\u001f"#), (" ", " "), ("€", "€"),
    ])
    func `what would end the id's string is escaped`(sid: String, escaped: String) {
        let packet = SharedEngineConfiguration(EngineConfiguration()).openPacket(
            sid: sid.utf8Span.span.bytes, transport: .websocket)
        #expect(String(decoding: packet, as: UTF8.self).hasPrefix(#"0{"sid":"\#(escaped)","upgrades":["#))
    }
}
