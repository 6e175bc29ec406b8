import SIOBytes
import SIOJSON
import SocketIOProtocol
import Testing

@Suite struct PacketTests {
    @Test(arguments: [
        (#"2["a"]"#, ""),
        (#"2["a",1]"#, "1"),
        (#"2["a",1,"b",[2,{"c":3}]]"#, #"1,"b",[2,{"c":3}]"#),
        (#"2[ "a\"],\\" , "]" ] "#, #" "]" "#),
        (#"2["ü,","x"]"#, #""x""#),
        (#"2[7,8]"#, "8"),
        (#"31[]"#, ""),
        (#"31[1,"a"]"#, #"1,"a""#),
        ("0", ""),
    ])
    func `the text of the arguments is theirs to the letter`(text: String, arguments: String) throws {
        var decoder = PacketDecoder()
        let parser = JSONParser()
        defer { withExtendedLifetime(parser) {} }
        let bytes = Array(text.utf8)
        let packet = try decoder.receive(text: bytes.span.bytes, parser: parser, now: .now)
        #expect(packet.map { $0.argumentsText.array } == Array(arguments.utf8))
    }
}
