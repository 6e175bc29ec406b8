import SIOJSON

/// A line that somebody types: an event to send, or something to do.
///
/// `EVENT ARG…` sends, `EVENT! ARG…` asks for an acknowledgement, `/WORD ARG…` is for the tool. An argument is JSON or a
/// bare word; an event's name is a bare word or a string of JSON, behind which the `!` stands.
struct EventLine: Equatable {
    /// What the line is for.
    enum Kind: Equatable {
        case event(wantsAcknowledgement: Bool)
        case command
    }

    let kind: Kind
    /// The event's name, or the word behind the slash.
    let name: String
    let arguments: [RawJSON]

    /// Reads a line; nil if there is nothing in it.
    init?(_ line: String) throws(UsageError) {
        var rest = line.unicodeScalars[...]
        guard let first = try Self.word(&rest) else { return nil }
        if first.hasPrefix("\"") {
            // The mark stands behind the quotes: "hey!" sends, "hey!"! asks.
            let isAsked = rest.first == "!"
            if isAsked { rest.removeFirst() }
            guard let name = (try? RawJSON(validating: first))?.string else {
                throw UsageError("\(first) is no event's name")
            }
            (kind, self.name) = (.event(wantsAcknowledgement: isAsked), name)
        } else if first.hasPrefix("[") || first.hasPrefix("{") {
            throw UsageError("\(first) is no event's name")
        } else if first.hasPrefix("/"), first.count > 1 {
            (kind, name) = (.command, String(first.dropFirst()))
        } else if first.hasSuffix("!"), first.count > 1 {
            (kind, name) = (.event(wantsAcknowledgement: true), String(first.dropLast()))
        } else {
            (kind, name) = (.event(wantsAcknowledgement: false), first)
        }
        guard rest.first.map(Self.isSpace) ?? true else { throw UsageError("a space belongs behind \(first)") }
        var arguments: [RawJSON] = []
        while let word = try Self.word(&rest) {
            guard rest.first.map(Self.isSpace) ?? true else { throw UsageError("a space belongs behind \(word)") }
            arguments.append(try ValueText.parse(word))
        }
        self.arguments = arguments
    }

    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isWhitespace }

    /// The next word, or the next array, object or string of JSON, in which spaces do not count.
    private static func word(_ rest: inout Substring.UnicodeScalarView) throws(UsageError) -> String? {
        rest = rest.drop(while: isSpace)
        guard let first = rest.first else { return nil }
        guard "[{\"".unicodeScalars.contains(first) else {
            let word = rest.prefix { !isSpace($0) }
            rest = rest[word.endIndex...]
            return String(word)
        }
        var depth = 0
        var isString = false
        var isEscaped = false
        for index in rest.indices {
            let scalar = rest[index]
            if isEscaped {
                isEscaped = false
            } else if isString {
                if scalar == "\\" { isEscaped = true }
                if scalar == "\"" { isString = false }
            } else if scalar == "\"" {
                isString = true
            } else if scalar == "[" || scalar == "{" {
                depth += 1
            } else if scalar == "]" || scalar == "}" {
                depth -= 1
            }
            if depth == 0, !isString {
                let end = rest.index(after: index)
                defer { rest = rest[end...] }
                return String(rest[..<end])
            }
        }
        throw UsageError("\(String(rest)) does not end")
    }
}

extension RawJSON {
    /// The string that the value is; nil if it is none.
    var string: String? { (try? decode(JSONValue.self))?.stringValue }

    /// The value for people and programs: in one line, its bytes in base64.
    var line: String {
        guard !attachments.isEmpty else { return description.visibleJSON }
        return ((try? decode(JSONValue.self).description) ?? description).visibleJSON
    }
}
