import SIOJSON
import Testing

@testable import socketio_tool

@Suite struct `A line that is typed` {
    @Test(arguments: [
        ("chat", "chat", false, [String]()),
        ("chat hello", "chat", false, [#""hello""#]),
        ("  chat \t hello world\t", "chat", false, [#""hello""#, #""world""#]),
        (#"chat "hello world" 42 -1.5 true null"#, "chat", false, [#""hello world""#, "42", "-1.5", "true", "null"]),
        (#"chat {"a b": [1, "]"]} [ ]"#, "chat", false, [#"{"a b": [1, "]"]}"#, "[ ]"]),
        (#"chat "a\"b\\" c"#, "chat", false, [#""a\"b\\""#, #""c""#]),
        ("sum! 1 2", "sum", true, ["1", "2"]),
        ("!", "!", false, []),
        (#""my event" 1"#, "my event", false, ["1"]),
        (#""hey!""#, "hey!", false, []),
        (#""hey!"! 1"#, "hey!", true, ["1"]),
        ("chat 007 0x1 nul", "chat", false, [#""007""#, #""0x1""#, #""nul""#]),
        ("chat 👋 @file", "chat", false, [#""👋""#, #""@file""#]),
        ("/", "/", false, []),
    ])
    func `sends an event, or asks`(line: String, name: String, isAsked: Bool, arguments: [String]) throws {
        let read = try #require(try EventLine(line))
        #expect(read.kind == .event(wantsAcknowledgement: isAsked))
        #expect(read.name == name && read.arguments.map(\.description) == arguments)
    }

    @Test func `may be for the tool, or for nothing`() throws {
        let command = try #require(try EventLine("/ack 1 yes"))
        #expect(command.kind == .command && command.name == "ack" && command.arguments.map(\.line) == ["1", #""yes""#])
        #expect(try EventLine("") == nil && EventLine("  \t") == nil)
    }

    @Test(arguments: [
        ("chat {", "does not end"), (#"chat "a"#, "does not end"), ("chat [1,]", "no JSON"), ("chat {]", "no JSON"),
        (#"chat "a"b"#, "a space belongs"), ("chat []1", "a space belongs"), (#""a"b"#, "a space belongs"),
        ("[1] 2", "is no event's name"), (#"{"a":1}"#, "is no event's name"),
    ])
    func `is refused where it makes no sense`(line: String, words: String) throws {
        let error = #expect(throws: UsageError.self) { try EventLine(line) }
        #expect(try #require(error).description.contains(words) || words.contains("event's name"))
    }

    @Test func `may be as deep as anybody likes, and no stack is used up`() {
        let deep = "chat " + String(repeating: "[", count: 200_000) + String(repeating: "]", count: 200_000)
        #expect(throws: UsageError.self) { try EventLine(deep) }
    }

    @Test(arguments: ["chat", "a b", "hey!", #"qu"ote"#, "", "/quit", "[x", "a\u{1B}b"])
    func `reads a name as it is written when it arrives`(name: String) throws {
        let written = EventWriter.name(name)
        #expect(!written.unicodeScalars.contains("\u{1B}"))
        let line = try #require(try EventLine(written))
        #expect(line.kind == .event(wantsAcknowledgement: false) && line.arguments.isEmpty)
        #expect(line.name == name || name.contains("\u{1B}"))
    }

    @Test(arguments: [
        ("a\u{202E}b", #"a\u202eb"#), ("[1,\n2]", "[1, 2]"), ("\u{85}", #"\u0085"#), ("\u{E0001}", #"\udb40\udc01"#),
        (#""a é""#, #""a é""#),
    ])
    func `is JSON that tells a terminal nothing`(text: String, shown: String) {
        #expect(text.visibleJSON == shown)
    }
}
