extension Unicode.Scalar {
    /// Whether a terminal would do something with it rather than show it.
    fileprivate var commandsTerminals: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse: true
        default: false
        }
    }
}

extension String {
    /// The text in a form that tells a terminal nothing: what came from a peer is shown so.
    var visible: String {
        replacingScalars { "\\u{\(String($0.value, radix: 16))}" }
    }

    /// A JSON text in one line, and in a form that tells a terminal nothing; it means the same.
    var visibleJSON: String {
        replacingScalars { scalar in
            // Within a string these are escaped already; without they are white space.
            if scalar.value < 0x20 { return " " }
            return String(scalar).utf16.map { unit in
                let digits = String(unit, radix: 16)
                return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }.joined()
        }
    }

    private func replacingScalars(_ replacement: (Unicode.Scalar) -> String) -> String {
        guard unicodeScalars.contains(where: \.commandsTerminals) else { return self }
        var text = ""
        for scalar in unicodeScalars {
            if scalar.commandsTerminals {
                text += replacement(scalar)
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
