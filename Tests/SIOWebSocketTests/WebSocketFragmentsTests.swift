import SIOBytes
import SIOWebSocket
import TestSupport
import Testing

/// A frame of the table, before a role is chosen.
struct Part: Sendable {
    var opcode: UInt8
    var payload: String
    var isFinal = true

    func bytes(to role: WebSocketRole) -> [UInt8] { frame(opcode, payload, fin: isFinal, to: role) }
}

private func text(_ payload: String) -> Part { Part(opcode: 1, payload: payload) }
private func begin(_ payload: String) -> Part { Part(opcode: 1, payload: payload, isFinal: false) }
private func more(_ payload: String) -> Part { Part(opcode: 0, payload: payload, isFinal: false) }
private func end(_ payload: String) -> Part { Part(opcode: 0, payload: payload) }
private func ping(_ payload: String) -> Part { Part(opcode: 9, payload: payload) }

private func found(_ text: String) -> Found { .text(text) }
private func pinged(_ text: String) -> Found { .ping(Array(text.utf8)) }

@Suite struct `Autobahn 5: fragments` {
    static let table: [(String, [Part], Outcome)] = [
        ("5.1", [Part(opcode: 9, payload: "a", isFinal: false), end("b")], Outcome(failure: .fragmentedControlFrame)),
        ("5.2", [Part(opcode: 10, payload: "a", isFinal: false), end("b")], Outcome(failure: .fragmentedControlFrame)),
        (
            "5.3–5.5", [begin("fragment1"), end("fragment2")],
            Outcome(events: [.fragment, found("fragment1fragment2")])
        ),
        (
            "5.6–5.8", [begin("fragment1"), ping("ping"), end("fragment2")],
            Outcome(events: [.fragment, pinged("ping"), found("fragment1fragment2")])
        ),
        ("5.9–5.11", [end("no start"), text("Hello")], Outcome(failure: .unexpectedContinuation)),
        ("5.12–5.14", [more("no start"), text("Hello")], Outcome(failure: .unexpectedContinuation)),
        (
            "5.15", [begin("fragment1"), end("fragment2"), more("fragment3"), text("fragment4")],
            Outcome(events: [.fragment, found("fragment1fragment2")], failure: .unexpectedContinuation)
        ),
        ("5.16", [more("fragment1"), begin("fragment2"), end("fragment3")], Outcome(failure: .unexpectedContinuation)),
        ("5.17", [end("fragment1"), begin("fragment2"), end("fragment3")], Outcome(failure: .unexpectedContinuation)),
        (
            "5.18", [begin("fragment1"), text("fragment2")],
            Outcome(events: [.fragment], failure: .expectedContinuation)
        ),
        (
            "5.19–5.20",
            [
                begin("fragment1"), more("fragment2"), ping("ping 1"), more("fragment3"), more("fragment4"),
                ping("ping 2"), end("fragment5"),
            ],
            Outcome(events: [
                .fragment, .fragment, pinged("ping 1"), .fragment, .fragment, pinged("ping 2"),
                found("fragment1fragment2fragment3fragment4fragment5"),
            ])
        ),
        (
            "a fragmented close", [Part(opcode: 8, payload: "", isFinal: false)],
            Outcome(failure: .fragmentedControlFrame)
        ),
        (
            "a binary message in a text", [begin("a"), Part(opcode: 2, payload: "b", isFinal: false)],
            Outcome(events: [.fragment], failure: .expectedContinuation)
        ),
        ("empty fragments", [begin(""), more(""), end("")], Outcome(events: [.fragment, .fragment, found("")])),
        (
            "one message behind another", [begin("a"), end("b"), begin("c"), end("d"), text("e")],
            Outcome(events: [.fragment, found("ab"), .fragment, found("cd"), found("e")])
        ),
    ]

    @Test(arguments: each(table))
    func `fragments are joined in order`(role: WebSocketRole, row: (String, [Part], Outcome)) {
        #expect(decode(row.1.flatMap { $0.bytes(to: role) }, as: role) == row.2, "\(row.0)")
    }

    @Test(arguments: roles) func `a binary message is joined without a look at its bytes`(role: WebSocketRole) {
        let bytes = frame(2, [0xFF, 0xC0], fin: false, to: role) + frame(0, [0x80], to: role)
        #expect(decode(bytes, as: role) == Outcome(events: [.fragment, .binary([0xFF, 0xC0, 0x80])]))
    }
}

@Suite struct `Limits of frames and messages` {
    let limits = WebSocketLimits(maxMessageSize: 100, maxFrameSize: 60, maxFragments: 4, fragmentOverhead: 0)

    func bytes(_ count: Int) -> [UInt8] { .init(repeating: 1, count: count) }

    @Test(arguments: roles) func `a frame may be as big as the limit and no bigger`(role: WebSocketRole) {
        #expect(
            decode(frame(2, bytes(60), to: role), as: role, limits: limits) == Outcome(events: [.binary(bytes(60))]))
        #expect(decode(frame(2, bytes(61), to: role), as: role, limits: limits) == Outcome(failure: .frameTooBig))
        let message = WebSocketLimits(maxMessageSize: 50, maxFrameSize: 60)
        #expect(
            decode(frame(2, bytes(50), to: role), as: role, limits: message) == Outcome(events: [.binary(bytes(50))]))
        #expect(decode(frame(2, bytes(51), to: role), as: role, limits: message) == Outcome(failure: .messageTooBig))
    }

    @Test(arguments: roles) func `a frame that is too big is refused before its payload comes`(role: WebSocketRole) {
        #expect(decode(Array(frame(2, bytes(61), to: role)[..<2]), as: role, limits: limits).failure == .frameTooBig)
        let huge = Array(frame(1, bytes(1_000_001), to: role)[..<10])
        #expect(decode(huge, as: role).failure == .frameTooBig)
    }

    @Test(arguments: roles) func `fragments together may be as big as the limit and no bigger`(role: WebSocketRole) {
        let begun = frame(2, bytes(60), fin: false, to: role)
        let fits = begun + frame(0, bytes(40), to: role)
        #expect(decode(fits, as: role, limits: limits) == Outcome(events: [.fragment, .binary(bytes(100))]))
        let last = frame(0, bytes(41), to: role)
        #expect(
            decode(begun + last[..<2], as: role, limits: limits)
                == Outcome(events: [.fragment], failure: .messageTooBig))
    }

    @Test(arguments: roles) func `empty fragments are counted`(role: WebSocketRole) {
        let begun = frame(2, fin: false, to: role) + frame(0, fin: false, to: role) + frame(0, fin: false, to: role)
        let fits = begun + frame(0, to: role)
        let fragments = [Found](repeating: .fragment, count: 4)
        #expect(decode(fits, as: role, limits: limits) == Outcome(events: fragments.dropLast() + [.binary([])]))
        let flood = begun + frame(0, fin: false, to: role) + frame(0, to: role)
        #expect(decode(flood, as: role, limits: limits) == Outcome(events: fragments, failure: .tooManyFragments))
    }

    @Test(arguments: roles) func `tiny fragments cost more than their bytes`(role: WebSocketRole) {
        // CVE-2026-48779: 6 × 16 = 96 is within the limit of 100, 7 × 16 is not.
        let limits = WebSocketLimits(maxMessageSize: 100)
        let six = frame(2, [1], fin: false, to: role) + (0..<5).flatMap { _ in frame(0, [1], fin: false, to: role) }
        let fragments = [Found](repeating: .fragment, count: 6)
        #expect(decode(six, as: role, limits: limits) == Outcome(events: fragments))
        let seven = six + frame(0, [1], to: role)
        #expect(decode(seven, as: role, limits: limits) == Outcome(events: fragments, failure: .messageTooBig))
    }

    @Test(arguments: roles) func `control frames between fragments cost nothing`(role: WebSocketRole) {
        let limits = WebSocketLimits(maxMessageSize: 2, maxFrameSize: 1, maxFragments: 2, fragmentOverhead: 1)
        let ping = frame(9, bytes(125), to: role)
        let all = frame(2, [1], fin: false, to: role) + ping + ping + ping + frame(0, [1], to: role)
        let events: [Found] = [.fragment, .ping(bytes(125)), .ping(bytes(125)), .ping(bytes(125)), .binary([1, 1])]
        #expect(decode(all, as: role, limits: limits) == Outcome(events: events))
    }

    @Test func `a limit that nothing can meet is the caller's mistake`() async {
        await #expect(processExitsWith: .failure) { _ = WebSocketLimits(maxMessageSize: -1) }
        await #expect(processExitsWith: .failure) { _ = WebSocketLimits(maxFragments: 0) }
        await #expect(processExitsWith: .failure) { _ = WebSocketLimits(fragmentOverhead: -1) }
    }
}
