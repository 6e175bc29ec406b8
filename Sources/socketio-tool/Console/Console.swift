import Glibc

/// Where the tool speaks, and what it is told.
///
/// Tests have one of their own.
struct Console: Sendable {
    /// Writes text as it is.
    var write: @Sendable (String) -> Void
    /// Writes text, and a line's end, to whom it concerns that something is wrong.
    var error: @Sendable (String) -> Void
    /// What is read.
    var input: StandardInput
    /// Whether what is written may be coloured.
    var hasColours = false
    /// Whether somebody sits there and types.
    var isInteractive = false

    /// The process's own.
    static let standard = Console(
        write: { writeAll($0, to: STDOUT_FILENO) },
        error: { writeAll($0 + "\n", to: STDERR_FILENO) },
        input: StandardInput(STDIN_FILENO),
        hasColours: isatty(STDOUT_FILENO) == 1 && environment("NO_COLOR").isEmpty && environment("TERM") != "dumb",
        isInteractive: isatty(STDIN_FILENO) == 1
    )

    /// Writes a line.
    func print(_ text: String) { write(text + "\n") }

    /// Text in a style, where there are colours.
    func styled(_ text: String, _ style: Style) -> String {
        hasColours && !text.isEmpty ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
    }

    /// How text may look (ECMA-48 §8.3.117).
    enum Style: Int {
        case bold = 1
        case dim = 2
        case red = 31
        case green = 32
        case yellow = 33
        case cyan = 36
    }

    private static func environment(_ name: String) -> String { getenv(name).map { String(cString: $0) } ?? "" }
}

/// Writes all of a text; what nobody takes any more is dropped.
private func writeAll(_ text: String, to descriptor: Int32) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
        let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR || errno == EAGAIN { continue }
        guard count > 0 else { return }
        bytes = bytes.dropFirst(count)
    }
}
