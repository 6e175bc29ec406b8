import Glibc
import SIONet

/// Where the tool speaks, and what it is told.
///
/// Tests have one of their own.
struct Console: Sendable {
    /// Writes text as it is.
    var write: @Sendable (String) -> Void
    /// Writes text, and a line's end, to whom it concerns that something is wrong; it keeps nobody waiting.
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
    /// Waits until all is written.
    var flush: @Sendable () -> Void = {}
    /// Waits until the tool is asked to end, or its task is cancelled.
    var interruption: @Sendable () async -> Void = { try? await Task.sleep(for: .seconds(1_000_000_000)) }

    /// The process's own.
    static let standard = Console(
        write: { writeOutput($0) },
        error: { notes.push($0 + "\n") },
        input: StandardInput(STDIN_FILENO),
        hasColours: isForColours(STDOUT_FILENO),
        isInteractive: isatty(STDIN_FILENO) == 1,
        hasNoteColours: isForColours(STDERR_FILENO),
        showProgress: isatty(STDERR_FILENO) == 1 ? showLine : nil,
        flush: { notes.flush() },
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

/// What goes to standard error; a reader that is gone has nothing to be told.
private let notes = NoteQueue { try? Descriptor(STDERR_FILENO).write($0) }

/// Writes in the stead of the line that is there.
@Sendable private func showLine(_ text: String) {
    notes.push("\r\u{1B}[K" + text)
}

/// Writes to standard output, behind what was told before.
///
/// Where nobody reads what the tool says any more, it ends as SIGPIPE would have it; where it cannot be written, with 1.
private func writeOutput(_ text: String) {
    notes.flush()
    do throws(Descriptor.Failure) {
        try Descriptor(STDOUT_FILENO).write(text)
    } catch {
        if error.number == EPIPE { exit(128 + SIGPIPE) }
        notes.push("socketio: standard output cannot be written: \(error)\n")
        notes.flush()
        exit(ExitCode.failure.value)
    }
}
