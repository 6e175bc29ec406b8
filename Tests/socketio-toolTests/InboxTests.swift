import SIOEvents
import Testing

@testable import socketio_tool

@Suite struct `What a command has to deal with` {
    private func describe(_ incident: Incident) -> String {
        switch incident {
        case .event(let name, _, _): name
        case .dropped(let count): "dropped \(count)"
        case .line(let line): line ?? "end"
        case .interrupted: "interrupted"
        default: "other"
        }
    }

    @Test func `comes in order, whether it waits or is waited for`() async {
        let inbox = Inbox()
        inbox.push(.line("a"))
        inbox.push(.event("b", EventArguments(text: [], attachments: []), nil))
        #expect(describe(await inbox.next()) == "a")
        inbox.push(.line("c"))
        #expect(describe(await inbox.next()) == "b")
        #expect(describe(await inbox.next()) == "c")
        async let next = inbox.next()
        inbox.push(.interrupted)
        #expect(describe(await next) == "interrupted")
    }

    @Test func `is bounded in events, and tells how many were dropped`() async {
        let inbox = Inbox()
        for number in 0..<Inbox.maxEvents + 1 {
            inbox.push(.event("\(number)", EventArguments(text: [], attachments: []), nil))
        }
        inbox.push(.line("never dropped"))
        for number in 0..<Inbox.maxEvents { #expect(describe(await inbox.next()) == "\(number)") }
        #expect(describe(await inbox.next()) == "never dropped")
        #expect(describe(await inbox.next()) == "dropped 1")
        // There is room again.
        inbox.push(.event("x", EventArguments(text: [], attachments: []), nil))
        #expect(describe(await inbox.next()) == "x")
    }

    @Test func `is bounded in bytes`() async {
        let inbox = Inbox()
        let half = EventArguments(text: [], attachments: [[UInt8](repeating: 0, count: Inbox.maxEventBytes / 2)])
        inbox.push(.event("one", half, nil))
        inbox.push(.event("two", half, nil))
        inbox.push(.event("three", EventArguments(text: [0x31], attachments: []), nil))
        for name in ["one", "two", "dropped 1"] { #expect(describe(await inbox.next()) == name) }
    }
}
