import Glibc
import SIONet

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
    /// Whether what is told of may be coloured.
    var hasNoteColours = false
    /// Shows how far something is, in the stead of what was shown before; nil if nobody watches.
    var showProgress: (@Sendable (String) -> Void)?
    /// Waits until the tool is asked to end, or its task is cancelled.
    var interruption: @Sendable () async -> Void = { try? await Task.sleep(for: .seconds(1_000_000_000)) }

    /// The process's own.
    static let standard = Console(
        write: { writeAll($0, to: STDOUT_FILENO) },
        error: { writeAll($0 + "\n", to: STDERR_FILENO) },
        input: StandardInput(STDIN_FILENO),
        hasColours: isForColours(STDOUT_FILENO),
        isInteractive: isatty(STDIN_FILENO) == 1,
        hasNoteColours: isForColours(STDERR_FILENO),
        showProgress: isatty(STDERR_FILENO) == 1 ? showLine : nil,
        interruption: { _ = await TerminationSignal.next() }
    )

    /// Writes a line.
    func print(_ text: String) { write(text + "\n") }

    /// Tells what is no result: what becomes of a connection.
    func note(_ text: String) {
        let line = "* " + text.visible
        error(hasNoteColours ? "\u{1B}[\(Style.dim.rawValue)m\(line)\u{1B}[0m" : line)
    }

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

    private static func isForColours(_ descriptor: Int32) -> Bool {
        isatty(descriptor) == 1 && environment("NO_COLOR").isEmpty && environment("TERM") != "dumb"
    }

    private static func environment(_ name: String) -> String { getenv(name).map { String(cString: $0) } ?? "" }
}

/// Writes in the stead of the line that is there.
@Sendable private func showLine(_ text: String) {
    writeAll("\r\u{1B}[K" + text, to: STDERR_FILENO)
}

/// Writes all of a text; where nobody reads what the tool says any more, it ends as SIGPIPE would have it.
private func writeAll(_ text: String, to descriptor: Int32) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
        let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR || errno == EAGAIN { continue }
        if count < 0, errno == EPIPE, descriptor == STDOUT_FILENO { exit(128 + SIGPIPE) }
        guard count > 0 else { return }
        bytes = bytes.dropFirst(count)
    }
}
