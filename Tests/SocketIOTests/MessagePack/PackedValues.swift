import SIOEvents
import SIOJSON
import Testing

@testable import SocketIO

/// The tables of the suites about MessagePack: arguments of events.
enum PackedValues {
    static let all: [[JSONValue]] =
        few + [
            ["text"], ["é€😀\u{0}\""], [""], [.string(String(repeating: "x", count: 70_000))],
            [1.5, true, false], [0, 127, 128, -1, -32, -33, -129, 65_536, .integer(.max), .integer(.min)],
            [.array([]), [:]], [["a": ["b": ["c": [1, [2, [3]]]]]]],
            [.binary([])], [.binary(Array(repeating: 0xFF, count: 300))],
            [.binary(Array(repeating: 4, count: 70_000)), .binary([4]), .binary([0])],
            // What an offset and a placeholder look like, and are not.
            ["1", "z"], [["num": 0]],
        ]

    /// What differs in kind.
    static let few: [[JSONValue]] = [
        [], [nil], ["text", 1], [.binary([1, 2, 3])],
        [["a": .binary([1]), "b": [.binary([]), "x", .binary([2, 3])]], .binary([4])],
    ]
}

extension Arguments {
    /// The arguments of an array.
    init(_ values: [JSONValue]) throws {
        let (text, attachments) = try RawJSON(encoding: JSONValue.array(values)).numbered
        self.init(text: Array(text.dropFirst().dropLast()), attachments: attachments)
    }
}

extension PackClient {
    /// Answers the event that comes next, which has these arguments.
    func answer(_ event: String, _ arguments: [JSONValue], with values: [JSONValue]) async throws {
        let question = try await next()
        #expect(question["data"] == .array([.string(event)] + arguments))
        let id = question["id"] ?? .null
        try send(["type": 3, "nsp": question["nsp"] ?? .null, "id": id, "data": .array(values)])
    }
}
