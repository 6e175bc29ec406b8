import SIOBytes
import SIOWebSocket
import TestSupport
import Testing

private func payload(_ code: UInt16, _ reason: [UInt8] = []) -> [UInt8] {
    [UInt8(code >> 8), UInt8(code & 0xFF)] + reason
}

@Suite struct `Autobahn 7: close frames` {
    @Test(arguments: roles) func `a close frame ends the stream of events`(role: WebSocketRole) {
        // 7.1.1–7.1.5: another close, a ping, a message, the end of a fragmented message; and bytes that are no frame.
        let close = frame(8, payload(1000), to: role)
        let goodbye = Found.close(WebSocketCloseFrame(code: .normalClosure))
        let behind = [close, frame(9, to: role), frame(1, "late", to: role), frame(0, "end", to: role), [0xFF, 0xFF]]
        for more in behind {
            let all = frame(1, "begin", fin: false, to: role) + close + more
            #expect(decode(all, as: role) == Outcome(events: [.fragment, goodbye], leftover: more))
        }
    }

    @Test(arguments: roles) func `a close frame behind a big message is found`(role: WebSocketRole) {
        let text = [UInt8](repeating: UInt8(ascii: "b"), count: 256 * 1024)
        let all = frame(1, text, to: role) + frame(8, to: role)
        #expect(decode(all, as: role) == Outcome(events: [.text(text), .close(WebSocketCloseFrame())]))
    }

    @Test(arguments: roles) func `nothing is needed behind a close frame`(role: WebSocketRole) throws {
        var bytes = frame(8, to: role) + frame(1, "late", to: role)
        var decoder = WebSocketDecoder(role: role)
        #expect(decoder.bytesNeeded(in: bytes.span.bytes, from: 0) != nil)
        var span = bytes.mutableSpan
        var window = span.mutableBytes
        let step = try #require(try decoder.next(in: &window, from: 0))
        #expect(decoder.bytesNeeded(in: window.bytes, from: step.end) == nil)
    }

    @Test(
        arguments: each(
            [
                ([], WebSocketCloseFrame()),
                (payload(1000), WebSocketCloseFrame(code: .normalClosure)),
                (
                    payload(1000, Array("Hello World!".utf8)),
                    WebSocketCloseFrame(code: .normalClosure, reason: "Hello World!")
                ),
                (
                    payload(1001, .init(repeating: 0x2A, count: 123)),
                    WebSocketCloseFrame(code: .goingAway, reason: String(repeating: "*", count: 123))
                ),
                (payload(4999, Array("κόσμε".utf8)), WebSocketCloseFrame(code: .init(rawValue: 4999), reason: "κόσμε")),
            ] as [([UInt8], WebSocketCloseFrame)]))
    func `a close frame says what it says`(role: WebSocketRole, row: ([UInt8], WebSocketCloseFrame)) {
        #expect(decode(frame(8, row.0, to: role), as: role) == Outcome(events: [.close(row.1)]))
    }

    @Test(
        arguments: each(
            [
                ([0x03], .truncatedCloseCode),
                (payload(1000, .init(repeating: 0x2A, count: 124)), .longControlFrame),
                (payload(1000, [0xCE, 0xBA, 0xED, 0xA0, 0x80]), .closeReasonNotUTF8),
                (payload(1000, [0xC3]), .closeReasonNotUTF8),
            ] as [([UInt8], WebSocketError)]))
    func `a broken close frame is refused`(role: WebSocketRole, row: ([UInt8], WebSocketError)) {
        #expect(decode(frame(8, row.0, to: role), as: role) == Outcome(failure: row.1))
    }

    @Test(
        arguments: each([
            1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999,
        ]))
    func `a code of the wire is taken`(role: WebSocketRole, code: Int) {
        let code = UInt16(code)
        let frame = frame(8, payload(code), to: role)
        #expect(decode(frame, as: role).events == [.close(WebSocketCloseFrame(code: .init(rawValue: code)))])
    }

    @Test(arguments: each([0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535]))
    func `any other code is refused`(role: WebSocketRole, code: Int) {
        let code = UInt16(code)
        #expect(decode(frame(8, payload(code), to: role), as: role) == Outcome(failure: .invalidCloseCode(code)))
    }

    @Test func `a reason that is too long ends with a whole character`() {
        #expect(
            WebSocketCloseFrame(code: .goingAway, reason: String(repeating: "a", count: 124)).reason.utf8.count == 123)
        for (character, count) in [("é", 61), ("€", 41), ("😀", 30)] {
            let cut = WebSocketCloseFrame(code: .goingAway, reason: String(repeating: character, count: 200))
            #expect(cut.reason == String(repeating: character, count: count))
        }
        let exact = String(repeating: "€", count: 41)
        #expect(WebSocketCloseFrame(code: .goingAway, reason: exact).reason == exact)
    }

    @Test func `a close frame that must not be sent is the caller's mistake`() async {
        await #expect(processExitsWith: .failure) { _ = WebSocketCloseFrame(code: .abnormalClosure) }
        await #expect(processExitsWith: .failure) { _ = WebSocketCloseFrame(reason: "because") }
    }
}
