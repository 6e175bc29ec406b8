import Foundation
import Testing

@testable import chat

@Suite struct AnswerTests {
    private func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    @Test func `an answer is one object with what was asked for`() throws {
        #expect(try json(Answer.success(Sent(id: 7, at: 5))) == #"{"at":5,"id":7,"ok":true}"#)
        #expect(try json(Answer.success(Done())) == #"{"ok":true}"#)
    }

    @Test func `a refusal is a word and a sentence`() throws {
        let refused = Answer<Sent>.refusal(.notHello)
        #expect(try json(refused) == #"{"error":"not-hello","message":"Say hello first.","ok":false}"#)
    }

    @Test(arguments: [Answer<Sent>.success(Sent(id: 7, at: 5)), .refusal(.tooFast)])
    func `a client reads what the server wrote`(answer: Answer<Sent>) throws {
        let read = try JSONDecoder().decode(Answer<Sent>.self, from: Data(json(answer).utf8))
        #expect(try json(read) == json(answer))
    }

    @Test(arguments: ["null", "7", "[]", "{}", #"{"room":7}"#])
    func `an argument of another shape is malformed, and no error`(text: String) throws {
        let request = try JSONDecoder().decode(Request<Join>.self, from: Data(text.utf8))
        #expect(throws: Refusal.malformed) { try request.body }
        #expect(throws: Refusal.malformed) { try (nil as Request<Join>).body }
    }

    @Test func `what a message does not have is not written`() throws {
        let message = Message(id: 1, at: 2, from: Who(id: "i", name: "n"), room: "Lobby", text: "t", key: "k")
        #expect(
            try json(message)
                == #"{"at":2,"from":{"id":"i","name":"n"},"id":1,"key":"k","room":"Lobby","text":"t"}"#)
    }
}
