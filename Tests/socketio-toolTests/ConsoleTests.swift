import Dispatch
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import socketio_tool

/// A pipe, one end of which does not block.
private struct Pipe: ~Copyable {
    let input: CInt
    let output: CInt

    init(nonblocking end: Int) throws {
        var ends: [CInt] = [0, 0]
        try #require(pipe(&ends) == 0 && fcntl(ends[end], F_SETFL, O_NONBLOCK) == 0)
        (input, output) = (ends[0], ends[1])
    }

    deinit {
        close(input)
        close(output)
    }
}

/// The time that this thread has computed.
private func computed() -> Duration {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
}

@Suite(.timeLimit(.minutes(1))) struct `Standard output and input` {
    @Test func `a reader that is slow is waited for, without computing`() async throws {
        let pipe = try Pipe(nonblocking: 1)
        let size = 1_000_000
        let (input, output) = (pipe.input, pipe.output)
        let (times, telling) = AsyncStream.makeStream(of: Duration.self)
        DispatchQueue.global().async {
            let before = computed()
            try? Descriptor(output).write(String(repeating: "x", count: size))
            telling.yield(computed() - before)
            telling.finish()
        }
        // The pipe is full meanwhile.
        try await Task.sleep(for: .milliseconds(500))
        var count = 0
        while count < size { count += try Descriptor(input).read(upTo: 64 * 1024).count }
        #expect(count == size)
        for await time in times { #expect(time < .milliseconds(250)) }
    }

    @Test func `what cannot be written is told`() throws {
        let full = open("/dev/full", O_WRONLY)
        defer { close(full) }
        let failure = #expect(throws: Descriptor.Failure.self) { try Descriptor(full).write("x") }
        #expect(failure?.number == ENOSPC)
    }

    @Test func `an input that has nothing yet is not at its end`() async throws {
        let pipe = try Pipe(nonblocking: 0)
        let input = StandardInput(pipe.input)
        let line = Task { try await input.nextLine() }
        try await Task.sleep(for: .milliseconds(50))
        write(pipe.output, "late\n", 5)
        #expect(try await line.value == "late")
    }
}

@Suite(.timeLimit(.minutes(1))) struct `Lines` {
    /// The lines of a text that comes in pieces of so many bytes.
    private func lines(_ text: String, by size: Int, limit: Int = 10) -> [String] {
        var buffer = LineBuffer(limit: limit)
        var rest = Array(text.utf8)[...]
        var lines: [String] = []
        while true {
            switch buffer.takeLine() {
            case nil:
                if rest.isEmpty { buffer.isAtEnd = true }
                buffer.append(Array(rest.prefix(size)))
                // What is too long is not kept.
                if limit < .max { #expect(buffer.count <= limit + size) }
                rest = rest.dropFirst(size)
            case .success(nil): return lines
            case .success(let line?): lines.append(line)
            case .failure: lines.append("✘")
            }
        }
    }

    @Test(
        arguments: [
            ("", []), ("\n", [""]), ("a", ["a"]), ("a\r\n\r\nb\r", ["a", "", "b\r"]),
            ("1234567890\n12345678901\nx\n", ["1234567890", "✘", "x"]), ("12345678901", ["✘"]),
            ("1234567890", ["1234567890"]), (String(repeating: "y", count: 100) + "\nx", ["✘", "x"]),
        ] as [(String, [String])])
    func `are the same however they come, and those that are too long are passed over`(
        text: String, expected: [String]
    ) {
        for size in [1, 2, 3, 7, 1000] { #expect(lines(text, by: size) == expected, "by \(size)") }
    }

    @Test func `each byte of them is looked at once`() {
        let text = String(repeating: "z", count: 4_000_000)
        #expect(lines(text + "\n", by: 1000, limit: .max) == [text])
    }

    @Test func `all bytes are those that were not asked for as lines`() async throws {
        let input = StandardInput(Array("one\ntwo".utf8))
        #expect(try await input.nextLine() == "one")
        #expect(await input.all(limit: 3) == Array("two".utf8))
        #expect(await input.all(limit: 3) == [])
    }
}

@Suite(.timeLimit(.minutes(1))) struct `Notes` {
    @Test func `keep nobody waiting, and are bounded`() {
        let reader = DispatchSemaphore(value: 0)
        let begun = DispatchSemaphore(value: 0)
        let written = Mutex("")
        let notes = NoteQueue(limit: 10) { text in
            begun.signal()
            reader.wait()
            written.withLock { $0 += text }
        }
        notes.push("first\n")
        begun.wait()
        for number in 0..<7 { notes.push("\(number)\n") }
        reader.signal()
        begun.wait()
        notes.push("after\n")
        for _ in 0..<2 { reader.signal() }
        notes.flush()
        #expect(
            written.withLock { $0 }
                == "first\n0\n1\n2\n3\n4\n* 2 notes are missing here: they were not read in time\nafter\n")
    }

    @Test func `that are told while others are written are not waited for`() {
        let last = 2000
        let count = Mutex(0)
        let queue = Mutex<NoteQueue?>(nil)
        let notes = NoteQueue { _ in
            usleep(1000)
            let number = count.withLock { count in
                count += 1
                return count
            }
            if number < last { queue.withLock { $0 }?.push("one more\n") }
        }
        queue.withLock { $0 = notes }
        notes.push("first\n")
        notes.flush()
        #expect((1..<last).contains(count.withLock { $0 }))
        queue.withLock { $0 = nil }
    }

    @Test func `are all written, in order, whoever tells them`() {
        let written = Mutex("")
        let notes = NoteQueue { text in written.withLock { $0 += text } }
        for number in 0..<1000 { notes.push("\(number)\n") }
        notes.flush()
        #expect(written.withLock { $0 } == (0..<1000).map { "\($0)\n" }.joined())
    }
}
