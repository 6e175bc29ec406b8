import Dispatch
import Synchronization

/// What is told on standard error, written by a thread of its own: whoever tells, an event loop perhaps, waits for no reader.
///
/// It is bounded: what nobody reads is left out, and said so.
final class NoteQueue: Sendable {
    private struct State {
        var text = ""
        /// The texts that were left out behind the text.
        var dropped = 0
        /// Whether the thread has been asked to write, and will look again.
        var isWriting = false

        /// All that waits; nil if nothing does.
        mutating func take() -> String? {
            guard !text.isEmpty || dropped > 0 else { return nil }
            defer { (text, dropped) = ("", 0) }
            return dropped == 0 ? text : text + "* \(dropped) notes are missing here: they were not read in time\n"
        }
    }

    private let limit: Int
    private let write: @Sendable (String) -> Void
    private let thread = DispatchQueue(label: "notes")
    private let state = Mutex(State())

    /// - Parameters:
    ///   - limit: The bytes that wait at most.
    ///   - write: Writes a text, and may take its time.
    init(limit: Int = 1024 * 1024, write: @escaping @Sendable (String) -> Void) {
        self.limit = limit
        self.write = write
    }

    /// Has a text written behind all others, if there is room.
    func push(_ text: String) {
        let begins = state.withLock { state in
            guard state.dropped == 0, state.text.isEmpty || state.text.utf8.count + text.utf8.count <= limit else {
                state.dropped += 1
                return false
            }
            state.text += text
            defer { state.isWriting = true }
            return !state.isWriting
        }
        if begins { thread.async { [self] in writeOn() } }
    }

    /// Waits until all that was told before is written.
    func flush() {
        // What a push has left there may not have been given to the thread yet.
        thread.sync { if let text = state.withLock({ $0.take() }) { write(text) } }
    }

    /// Writes what waits, and what comes meanwhile behind whoever waits for the thread.
    private func writeOn() {
        let text = state.withLock { state in
            let text = state.take()
            if text == nil { state.isWriting = false }
            return text
        }
        guard let text else { return }
        write(text)
        thread.async { [self] in writeOn() }
    }
}
