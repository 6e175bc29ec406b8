import SIOEvents
import SIOJSON

/// Writes what arrives, a line each: for people as it would be typed, or for programs in JSON.
struct EventWriter {
    let console: Console
    let isJSON: Bool

    /// An event: `chat "hello" 42`, or `{"event":"chat","args":["hello",42]}`.
    ///
    /// - Parameters:
    ///   - name: Its name.
    ///   - arguments: Its arguments.
    ///   - question: The number to answer it with, if the server wants an answer.
    func event(_ name: String, _ arguments: EventArguments, question: Int? = nil) {
        let values = arguments.values
        if isJSON {
            var members: [(String, JSONText)] = [
                ("event", .text(name)), ("args", .array(values.map { .raw($0.line) })),
            ]
            if let question { members.append(("question", .number(question))) }
            return console.print(JSONText.object(members).line)
        }
        var line = ([console.styled(Self.name(name), .cyan)] + values.map(\.line)).joined(separator: " ")
        if !arguments.attachments.isEmpty {
            let count = arguments.attachments.reduce(0) { $0 + $1.count }
            line += console.styled("  (binary: \(count) bytes)", .dim)
        }
        if let question { line += console.styled("  (answer with /ack \(question))", .yellow) }
        console.print(line)
    }

    /// What an event was answered with: `sum! = 3`, or `{"ack":"sum","data":3}`.
    func acknowledgement(_ name: String, _ reply: RawJSON) {
        guard !isJSON else {
            return console.print(JSONText.object([("ack", .text(name)), ("data", .raw(reply.line))]).line)
        }
        console.print("\(console.styled(Self.name(name) + "!", .green)) = \(reply.line)")
    }

    /// A name as it would be typed.
    static func name(_ name: String) -> String {
        let isPlain =
            !name.isEmpty && !name.hasSuffix("!")
            && name.unicodeScalars.allSatisfy { !$0.properties.isWhitespace && $0 != "\"" }
            && !"/[{".contains(name.first ?? "/")
        return isPlain ? name.visible : JSONText.text(name).line
    }
}
