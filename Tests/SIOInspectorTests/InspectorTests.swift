import SIOJSON
import SocketIOProtocol
import Testing

@testable import SIOInspector

/// The findings in short: name, value and place, indented.
private func outline(_ findings: [Finding], depth: Int = 0) -> [String] {
    findings.flatMap { finding -> [String] in
        let range = finding.place.range
        let mark = if case .derived = finding.place { "+" } else { "" }
        let line =
            "\(finding.isFault ? "✘" : finding.name) \(mark)\(range.lowerBound)..<\(range.upperBound) \(finding.value)"
        return [String(repeating: " ", count: depth) + line] + outline(finding.parts, depth: depth + 1)
    }
}

private func inspect(_ bytes: [UInt8], as layer: Layer? = nil) -> [String] {
    outline(Inspector.inspect(bytes, as: layer).findings)
}

private func inspect(_ text: String, as layer: Layer? = nil) -> [String] { inspect(Array(text.utf8), as: layer) }

@Suite struct `What is in bytes` {
    @Test(
        arguments: [
            ("", .packet), ("0", .engine), ("2", .engine), ("2probe", .engine), ("3probe", .engine), ("5", .engine),
            ("6", .engine), ("1", .engine), ("0{\"sid\":\"x\"}", .packet),
            ("0{\"sid\":\"x\",\"pingInterval\":1}", .engine),
            ("40", .engine), ("40/chat,", .engine), ("42[\"a\"]", .engine), ("2[\"a\"]", .packet),
            ("2/chat,[\"a\"]", .packet), ("31[\"a\"]", .packet), ("1/chat,", .packet), ("51-[\"a\"]", .packet),
            ("451-[\"a\"]", .engine), ("44{\"message\":\"x\"}", .engine), ("4{\"message\":\"x\"}", .packet),
            ("bAQID", .payload), ("42[\"a\"]\u{1E}2", .payload), ("3:4hi", .payload), ("hello", .engine),
            ("GET / HTTP/1.1\r\n", .http), ("HTTP/1.1 200 OK\r\n", .http),
        ] as [(String, Layer)])
    func `is guessed of text`(text: String, layer: Layer) {
        #expect(Inspector.inspect(Array(text.utf8)).layer == layer)
    }

    @Test(
        arguments: [
            ([0x81, 0x01, 0x32], .websocket), ([0x82, 0x80, 1, 2, 3, 4], .websocket), ([0x88, 0x00], .websocket),
            ([0x00, 0x05, 0xFF], .payload), ([0x01, 0x02, 0xFF, 4, 1], .payload),
            ([0x82, 0xA4, 0x74, 0x79, 0x70, 0x65, 0x00, 0xA3, 0x6E, 0x73, 0x70, 0xA1, 0x2F], .msgpack),
        ] as [([UInt8], Layer)])
    func `is guessed of bytes`(bytes: [UInt8], layer: Layer) {
        #expect(Inspector.inspect(bytes).layer == layer)
    }

    @Test func `a packet with all its parts`() {
        #expect(
            inspect("52-/chat,7[ \"é\" , {\"_placeholder\":true,\"num\":0},[1]]", as: .packet) == [
                "Socket.IO packet 0..<53 BINARY_EVENT", " type 0..<1 5 (BINARY_EVENT)", " attachments 1..<2 2",
                " namespace 3..<8 /chat", " id 9..<10 7", " event 12..<16 \"é\"",
                " argument 19..<48 {\"_placeholder\":true,\"num\":0}", " argument 49..<52 [1]",
            ])
        #expect(
            inspect("0/chat,{\"a\":1}", as: .packet) == [
                "Socket.IO packet 0..<14 CONNECT", " type 0..<1 0 (CONNECT)", " namespace 1..<6 /chat",
                " payload 7..<14 {\"a\":1}",
            ])
    }

    @Test func `a masked frame, and all that is in it`() {
        let payload = Array("42[\"hi\"]".utf8)
        let key: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]
        let masked = payload.enumerated().map { $1 ^ key[$0 % 4] }
        #expect(
            inspect([0x81, 0x88] + key + masked) == [
                "WebSocket frame 0..<14 text", " header 0..<1 FIN 1, RSV 000, opcode 1 (text)",
                " length 1..<2 8, masked",
                " masking key 2..<6 37 fa 21 3d", " message 6..<14 42[\"hi\"]", "  Engine.IO packet 6..<14 message",
                "   type 6..<7 4 (message)", "   Socket.IO packet 7..<14 EVENT", "    type 7..<8 2 (EVENT)",
                "    namespace 8..<8 /", "    event 9..<13 \"hi\"",
            ])
    }

    @Test func `frames in a row: fragments, a ping, attachments and the end`() {
        let text = Array("451-[\"a\",{\"_placeholder\":true,\"num\":0}]".utf8)
        let frames: [UInt8] =
            [0x01, 4] + text[..<4] + [0x89, 1, 0x78] + [0x80, UInt8(text.count - 4)] + text[4...] + [0x82, 2, 9, 8]
            + [0x88, 5, 0x03, 0xE8] + Array("bye".utf8)
        let lines = inspect(frames)
        #expect(
            lines.filter { $0.hasPrefix("WebSocket") }.map { $0.split(separator: " ").last } == [
                "text", "ping", "continuation", "binary", "close",
            ])
        #expect(lines.contains { $0.contains("Socket.IO packet +1..<\(text.count) BINARY_EVENT") })
        #expect(lines.contains { $0.contains("attachment 48..<50 1 of 1: 09 08") })
        #expect(lines.suffix(2) == [" code 52..<54 1000", " reason 54..<57 bye"])
        #expect(!lines.contains { $0.contains("✘") })
    }

    @Test func `payloads of all three kinds`() {
        #expect(
            inspect("40\u{1E}bAQID\u{1E}2probe").filter { !$0.hasPrefix(" ") } == [
                "Engine.IO packet 0..<2 message", "Engine.IO packet 3..<8 binary message",
                "Engine.IO packet 9..<15 ping",
            ])
        #expect(
            inspect("2:406:2probe6:b4AQID").filter { !$0.hasPrefix(" ") } == [
                "Engine.IO packet 2..<4 message", "Engine.IO packet 6..<12 ping",
                "Engine.IO packet 12..<20 binary message",
            ])
        #expect(
            inspect([0, 2, 0xFF, 0x34, 0x30, 1, 3, 0xFF, 4, 1, 2], as: .payload).filter { !$0.hasPrefix(" ") } == [
                "Engine.IO packet 3..<5 message", "Engine.IO packet 5..<11 binary message",
            ])
    }

    @Test func `a payload without packets says so`() {
        #expect(inspect("0:") == ["Engine.IO payload 0..<2 no packets"])
        // Among others they are passed over.
        #expect(
            inspect("0:0:6:b4AQID2:40").filter { !$0.hasPrefix(" ") } == [
                "Engine.IO packet 4..<12 binary message", "Engine.IO packet 14..<16 message",
            ])
    }

    @Test func `HTTP with a payload, in chunks, and with frames behind an upgrade`() {
        let post = "POST /socket.io/?EIO=4&sid=x HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n42[\"a\",1]"
        #expect(
            inspect(post).suffix(4) == [
                "   type 70..<71 2 (EVENT)", "   namespace 71..<71 /", "   event 72..<75 \"a\"",
                "   argument 76..<77 1",
            ])
        let chunked =
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n4\r\n1\r\n0\r\n0\r\n\r\n"
        #expect(inspect(chunked).contains("  Socket.IO packet +1..<2 CONNECT"))
        let upgrade = Array(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n".utf8)
        #expect(
            inspect(upgrade + [0x81, 1, 0x36]).contains { $0.hasPrefix("  Engine.IO packet") && $0.hasSuffix("noop") })
    }

    @Test func `any number of HTTP messages behind one another, without more stack or time for each`() {
        let count = 10_000
        let messages = Array(repeating: "GET / HTTP/1.1\r\nHost: a\r\n\r\nHTTP/1.1 204 No\r\n\r\n", count: count)
            .joined()
        let findings = Inspector.inspect(Array(messages.utf8)).findings
        #expect(findings.count == 2 * count)
        #expect(findings.allSatisfy { $0.firstFault == nil })
        #expect(findings.last?.place == .input(messages.utf8.count - 19..<messages.utf8.count))
        #expect(
            inspect(messages + "GET / HTTP/1.1\n\n").last
                == "✘ \(messages.utf8.count)..<\(messages.utf8.count + 1) not expected: bare-line-feed")
    }

    @Test func `a packet in MessagePack`() {
        let bytes: [UInt8] =
            [0x83, 0xA4] + Array("type".utf8) + [2, 0xA3] + Array("nsp".utf8) + [0xA1, 0x2F, 0xA4] + Array("data".utf8)
            + [0x92, 0xA1, 0x61, 0xC4, 2, 1, 2]
        #expect(
            inspect(bytes) == [
                "MessagePack packet 0..<25 event in /", " map 0..<25 map of 3", "  type 6..<7 2", "  nsp 11..<13 /",
                "  data 18..<25 array of 2", "   0 19..<21 a", "   1 21..<25 2 bytes: 01 02",
            ])
    }

    /// What is wrong, where, and with what words about it.
    @Test(
        arguments: [
            ("2[\"a\",tru]", .packet, 9, "true"), ("2[\"a\" 1]", .packet, 6, "comma"),
            ("2[\"a\",]", .packet, 6, "value"),
            ("2{\"a\":1}", .packet, 1, "array"), ("2[1,2", .packet, 5, "comma or ]"),
            ("2[]", .packet, 1, "event's name"),
            ("3[]", .packet, 1, "an id"), ("9", .packet, 0, "0 to 6"), ("5x-[\"a\"]", .packet, 1, "attachments"),
            ("299999999999999999999[\"a\"]", .packet, 1, "2^53"),
            ("5555555555555555555555-[\"a\"]", .packet, 1, "attachments"), ("1{}", .packet, 1, "nothing"),
            ("x", .engine, 0, "0 to 6"),
            ("42{\"a\":1}", .engine, 2, "array"), ("0{\"sid\"}", .engine, 7, "colon"),
            ("40\u{1E}x", .payload, 3, "0 to 6"),
            ("40\u{1E}\u{1E}2", .payload, 3, "packet"), ("40\u{1E}b?", .payload, 3, "base64"),
            ("GET / HTTP/1.1\r\nHost x\r\n\r\n", .http, 16, "field-name"),
            ("GET / HTTP/1.1\r\n\r\n", .http, 16, "missing-host"),
            ("GET / HTTP/1.1\r\nHost: x\r\n", .http, 25, "empty line"),
            ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nabc", .http, 50, "more of the body"),
            ("", .packet, 0, "0 to 6"), ("", .websocket, 0, "frame"), ("", .payload, 0, "packet"),
            ("", .http, 0, "empty line"),
        ] as [(String, Layer, Int, String)])
    func `faults of text say where they are, and what was expected`(
        text: String, layer: Layer, offset: Int, words: String
    ) throws {
        let findings = Inspector.inspect(Array(text.utf8), as: layer).findings
        let fault = try #require(findings.compactMap(\.firstFault).first)
        #expect(fault.place.range.lowerBound == offset && fault.value.contains(words), "\(outline(findings))")
    }

    @Test(
        arguments: [
            ([0x81], .websocket, 1, "header"), ([0x81, 5, 65], .websocket, 3, "4 more bytes"),
            ([0x83, 0], .websocket, 0, "opcode"), ([0x89, 126, 0, 126], .websocket, 0, "125"),
            ([0x81, 126, 0, 1, 65], .websocket, 0, "minimal"), ([0x81, 1, 0xFF], .websocket, 0, "UTF-8"),
            ([0x88, 0, 1], .websocket, 2, "behind a close"), ([0x88, 2, 3, 0xEE], .websocket, 0, "1006"),
            ([0x81, 0, 0x81, 0x80, 0, 0, 0, 0], .websocket, 2, "masked"),
            ([0x82, 127, 0x7F, 255, 255, 255, 255, 255, 255, 255], .websocket, 10, "more bytes"),
            ([0x81, 5] + Array("451-[".utf8), .websocket, 7, "value"), ([0xC1], .msgpack, 1, "begins nothing"),
            ([0x81, 0xA1], .msgpack, 1, "ends within"), ([0x90, 0], .msgpack, 1, "nothing more"),
            ([0x90], .msgpack, 0, "map"), ([2, 1, 0xFF], .payload, 0, "UTF-8"),
            ([0, 1, 0xFF, 0x39], .payload, 0, "0 to 6"),
            ([1, 9, 0xFF, 4], .payload, 0, "length"),
        ] as [([UInt8], Layer, Int, String)])
    func `faults of bytes say where they are, and what was expected`(
        bytes: [UInt8], layer: Layer, offset: Int, words: String
    ) throws {
        let findings = Inspector.inspect(bytes, as: layer).findings
        let fault = try #require(findings.compactMap(\.firstFault).first)
        #expect(fault.place.range.lowerBound == offset && fault.value.contains(words), "\(outline(findings))")
    }

    /// Something that makes findings without end, and the bytes of one of its parts.
    @Test(
        arguments: [
            ("empty frames", .websocket, [], [0x82, 0], []),
            ("packets", .payload, [0x32], [0x1E, 0x32], []),
            ("requests", .http, [], Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8), []),
            ("a payload in a request", .http, Self.post(1000), [0x32, 0x1E], [0x32]),
            ("arguments", .packet, Array("2[\"a\"".utf8), Array(",1".utf8), Array("]".utf8)),
            ("nils", .msgpack, Self.map(1000), [0xC0], []),
            ("nils in lists", .msgpack, Self.map(1000), [0x92, 0xC0, 0xC0], []),
        ] as [(String, Layer, [UInt8], [UInt8], [UInt8])])
    func `more of it than anybody wants is left out, and said`(
        what: String, layer: Layer, front: [UInt8], part: [UInt8], back: [UInt8]
    ) {
        let bytes = front + [[UInt8]](repeating: part, count: 1000).joined() + back
        let whole = outline(Inspector.inspect(bytes, as: layer).findings)
        #expect(whole.count > 1000 && !whole.contains { $0.contains("more is not shown") })
        let some = outline(Inspector.inspect(bytes, as: layer, maxFindings: 200).findings)
        #expect(some.count > 150 && some.count < 250)
        #expect(some.count { $0.contains("✘") } == 1 && some.last?.contains("more is not shown") == true)
        // As much as there is fits.
        let all = Inspector.inspect(bytes, as: layer, maxFindings: whole.count).findings
        #expect(outline(all) == whole)
    }

    /// A request whose body is of so many packets without data, and one more.
    private static func post(_ count: Int) -> [UInt8] {
        Array("POST /?EIO=4 HTTP/1.1\r\nHost: x\r\nContent-Length: \(2 * count + 1)\r\n\r\n".utf8)
    }

    /// A packet whose data is a list of so many.
    private static func map(_ count: Int) -> [UInt8] {
        [0x83, 0xA4] + Array("type".utf8) + [2, 0xA3] + Array("nsp".utf8) + [0xA1, 0x2F, 0xA4] + Array("data".utf8)
            + [0xDC, UInt8(count >> 8), UInt8(count & 255)]
    }

    @Test func `attachments that do not come are missed`() {
        #expect(
            inspect("451-[\"a\"]\u{1E}2", as: .payload).last
                == "✘ 11..<11 1 more binary messages were expected: attachments")
    }

    @Test func `whatever the bytes are, nothing traps, and each part lies within the bytes`() {
        var generator = SystemRandomNumberGenerator()
        let seeds: [[UInt8]] = [
            Array("42/chat,7[\"hello\",{\"to\":[1,2.5e3,null,true,\"\\u00e9\"]}]".utf8),
            Array("40\u{1E}bAQID\u{1E}451-[\"a\",{\"_placeholder\":true,\"num\":0}]".utf8),
            Array(
                "POST /?EIO=4 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n42[\r\n2\r\n1]\r\n0\r\n\r\n"
                    .utf8),
            Array("HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n".utf8) + [0x81, 2, 0x34, 0x30],
            [0x01, 2, 0x34, 0x35, 0x80, 3, 0x31, 0x2D, 0x5B, 0x82, 2, 9, 8, 0x88, 2, 3, 0xE8],
            [0x83, 0xA4] + Array("type".utf8) + [2, 0xA3] + Array("nsp".utf8) + [0xA1, 0x2F, 0xA4] + Array("data".utf8)
                + [0x92, 0xA1, 0x61, 0xC7, 3, 0, 1, 2, 3],
            [0, 2, 0xFF, 0x34, 0x30, 1, 3, 0xFF, 4, 1, 2], Array("2:406:2probe10:b4AQIDBA==".utf8),
        ]
        for round in 0..<20_000 {
            var bytes = seeds[round % seeds.count]
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: bytes = (0..<Int.random(in: 0..<40)).map { _ in UInt8.random(in: 0...255, using: &generator) }
            case 1: bytes.removeLast(Int.random(in: 0...bytes.count, using: &generator))
            default:
                for _ in 0...Int.random(in: 0..<4, using: &generator) {
                    bytes[Int.random(in: bytes.indices, using: &generator)] = UInt8.random(
                        in: 0...255, using: &generator)
                }
            }
            for layer in [nil] + Layer.allCases {
                for finding in Inspector.inspect(bytes, as: layer).findings { check(finding, bytes) }
            }
        }
    }

    private func check(_ finding: Finding, _ bytes: [UInt8]) {
        if case .input(let range) = finding.place, range.upperBound > bytes.count {
            Issue.record("\(finding.name) at \(range) of \(bytes)")
        }
        for part in finding.parts { check(part, bytes) }
    }
}
