import SIOJSON
import Testing

@Suite struct RawJSONAttachmentsTests {
    @Test func `a text with attachments is numbered by what it uses`() throws {
        let text = #"[{"_placeholder":true,"num":2},1,{"_placeholder":true,"num":0}]"#
        let raw = try RawJSON(validating: Array(text.utf8), attachments: [[0], [1], [2]])
        #expect(raw.attachments == [[2], [0]])
        let (numbered, attachments) = raw.numbered
        #expect(
            String(decoding: numbered, as: UTF8.self)
                == #"[{"_placeholder":true,"num":0},1,{"_placeholder":true,"num":1}]"#)
        #expect(attachments == [[2], [0]])
        #expect(try raw.decode([JSONValue].self) == [.binary([2]), 1, .binary([0])])
    }

    @Test func `without attachments the text is as it was`() throws {
        let raw = try RawJSON(validating: Array(" [1, 2]".utf8), attachments: [])
        #expect(raw.numbered.text == Array("[1, 2]".utf8))
        #expect(raw.numbered.attachments.isEmpty)
    }

    @Test(arguments: [#"[{"_placeholder":true,"num":1}]"#, #"{"_placeholder":true,"num":-1}"#, "[1", ""])
    func `what is no JSON or has no attachment is refused`(text: String) {
        #expect(throws: (any Error).self) { try RawJSON(validating: Array(text.utf8), attachments: [[0]]) }
    }
}
