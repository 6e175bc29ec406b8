import SIOInspector

/// Writes what was found: as a tree for people, as JSON for programs.
struct FindingWriter {
    let console: Console

    /// The bytes of lines that are written at once.
    private static let blockSize = 64 * 1024

    /// Writes the tree, a line for each part.
    ///
    /// - Parameters:
    ///   - findings: The parts.
    ///   - count: The number of the bytes that were looked at, which says how wide an offset is.
    func write(_ findings: [Finding], of count: Int) {
        let width = max(4, String(count).count)
        var text = ""
        for finding in findings { append(finding, depth: 0, width, to: &text) }
        console.write(text)
    }

    private func append(_ finding: Finding, depth: Int, _ width: Int, to text: inout String) {
        let place = Self.offsets(finding.place, width)
        text += console.styled(place.padded(to: 2 * width + 3), .dim)
        text += String(repeating: "  ", count: depth)
        if finding.isFault {
            text += console.styled("✘ \(finding.value.visible)", .red)
        } else {
            text += console.styled(finding.name.visible, depth == 0 ? .bold : .cyan)
            if !finding.value.isEmpty { text += ": \(finding.value.visible)" }
        }
        text += "\n"
        if text.utf8.count >= Self.blockSize {
            console.write(text)
            text = ""
        }
        for part in finding.parts { append(part, depth: depth + 1, width, to: &text) }
    }

    /// The offsets of the first and the last byte; of no bytes, the first alone.
    private static func offsets(_ place: Finding.Place, _ width: Int) -> String {
        let range = place.range
        let mark = if case .derived = place { "+" } else { "" }
        let first = mark + number(range.lowerBound, width - mark.count)
        return range.count < 2 ? first : "\(first)–\(number(range.upperBound - 1, width))"
    }

    private static func number(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    // MARK: JSON

    /// What was found as JSON: `{layer, valid, parts: [{name, value, start, end, derived?, fault?, parts?}]}`.
    static func json(_ layer: Layer, _ findings: [Finding]) -> JSONText {
        .object([
            ("layer", .text(layer.rawValue)), ("valid", .bool(findings.allSatisfy { $0.firstFault == nil })),
            ("parts", .array(findings.map(json))),
        ])
    }

    private static func json(_ finding: Finding) -> JSONText {
        var members: [(String, JSONText)] = [
            ("name", .text(finding.name)), ("value", .text(finding.value)),
            ("start", .number(finding.place.range.lowerBound)), ("end", .number(finding.place.range.upperBound)),
        ]
        if case .derived = finding.place { members.append(("derived", .bool(true))) }
        if finding.isFault { members.append(("fault", .bool(true))) }
        if !finding.parts.isEmpty { members.append(("parts", .array(finding.parts.map(json)))) }
        return .object(members)
    }
}
