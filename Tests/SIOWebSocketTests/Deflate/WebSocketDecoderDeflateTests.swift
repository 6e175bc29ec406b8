import SIOBytes
import SIOWebSocket
import Testing

// RFC 7692 §6, as far as frames go: what is inside is another suite's.

@Suite struct `Frames where compression was agreed on` {
    private func decode(_ bytes: [UInt8], as role: WebSocketRole, limits: WebSocketLimits = WebSocketLimits())
        -> Outcome
    {
        SIOWebSocketTests.decode(bytes, as: role, limits: limits, mayBeCompressed: true)
    }

    private let hello: [UInt8] = [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]

    @Test(arguments: roles) func `a compressed message in one frame`(role: WebSocketRole) {
        let all = frame(1, hello, rsv: 4, to: role) + frame(2, hello, rsv: 4, to: role) + frame(1, "plain", to: role)
        let expected = Outcome(events: [.compressed(.text, hello), .compressed(.binary, hello), .text("plain")])
        #expect(decode(all, as: role) == expected)
    }

    @Test(arguments: roles) func `§7_2_3_1 a compressed message in two frames, with a ping between`(role: WebSocketRole)
    {
        let all =
            frame(1, Array(hello[..<3]), fin: false, rsv: 4, to: role) + frame(9, "ping", to: role)
            + frame(0, Array(hello[3...]), to: role)
        let expected = Outcome(events: [.fragment, .ping(Array("ping".utf8)), .compressed(.text, hello)])
        #expect(decode(all, as: role) == expected)
    }

    @Test(arguments: roles) func `a plain message in fragments stays plain, and its text is checked`(
        role: WebSocketRole
    ) {
        let plain = frame(1, "a", fin: false, to: role) + frame(0, "b", to: role)
        #expect(decode(plain, as: role) == Outcome(events: [.fragment, .text("ab")]))
        let compressed = frame(1, [0xFF], fin: false, rsv: 4, to: role) + frame(0, [0xFF], to: role)
        #expect(
            decode(compressed + plain, as: role)
                == Outcome(events: [.fragment, .compressed(.text, [0xFF, 0xFF]), .fragment, .text("ab")]))
        #expect(decode(frame(1, [0xFF], fin: false, to: role), as: role) == Outcome(failure: .textNotUTF8))
    }

    @Test(arguments: roles) func `RSV1 behind a message's first frame is refused`(role: WebSocketRole) {
        let begun = frame(2, hello, fin: false, rsv: 4, to: role)
        #expect(
            decode(begun + frame(0, hello, rsv: 4, to: role), as: role)
                == Outcome(events: [.fragment], failure: .reservedBits))
        let plain = frame(2, hello, fin: false, to: role)
        #expect(
            decode(plain + frame(0, hello, rsv: 4, to: role), as: role)
                == Outcome(events: [.fragment], failure: .reservedBits))
    }

    @Test(arguments: each([8, 9, 10] as [UInt8])) func `RSV1 on a control frame is refused`(
        role: WebSocketRole, opcode: UInt8
    ) {
        #expect(decode(frame(opcode, rsv: 4, to: role), as: role) == Outcome(failure: .reservedBits))
    }

    @Test(arguments: each([1, 2, 3, 5, 6, 7] as [UInt8])) func `the other bits are refused`(
        role: WebSocketRole, rsv: UInt8
    ) {
        #expect(decode(frame(1, hello, rsv: rsv, to: role), as: role) == Outcome(failure: .reservedBits))
    }

    @Test(arguments: roles) func `a compressed message within another is refused`(role: WebSocketRole) {
        let both = frame(2, hello, fin: false, rsv: 4, to: role) + frame(2, hello, rsv: 4, to: role)
        #expect(decode(both, as: role) == Outcome(events: [.fragment], failure: .expectedContinuation))
    }

    @Test(arguments: roles) func `the limits count compressed bytes, too`(role: WebSocketRole) {
        let limits = WebSocketLimits(maxMessageSize: 7, maxFrameSize: 7, fragmentOverhead: 0)
        #expect(
            decode(frame(2, hello, rsv: 4, to: role), as: role, limits: limits)
                == Outcome(events: [.compressed(.binary, hello)]))
        let long = frame(2, hello + [0], rsv: 4, to: role)
        #expect(decode(long, as: role, limits: limits) == Outcome(failure: .frameTooBig))
        let parts = frame(2, hello, fin: false, rsv: 4, to: role) + frame(0, [0], to: role)
        #expect(decode(parts, as: role, limits: limits) == Outcome(events: [.fragment], failure: .messageTooBig))
    }
}
