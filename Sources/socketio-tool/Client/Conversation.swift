import SIOEvents
import SIOJSON
import SocketIOClient

/// A conversation with a server: what is typed goes there, what comes is written.
final class Conversation {
    /// The most of our questions that wait for answers; while there are so many, no line is read.
    static let maxAsked = 1000
    /// The most of the server's questions that may still be answered; the oldest is forgotten.
    static let maxQuestions = 100

    private let session: ClientSession
    private let writer: EventWriter
    private let console: Console
    private let linger: Duration?

    private var isReading = false
    /// How many of our questions wait for answers.
    private var asked = 0
    private var questions: [(number: Int, acknowledgement: Acknowledgement)] = []
    private var lastQuestion = 0
    private var isAtEnd = false
    private var hasFailed = false

    init(_ session: ClientSession, writer: EventWriter, console: Console, linger: Duration?) {
        self.session = session
        self.writer = writer
        self.console = console
        self.linger = linger
    }

    func run() async throws -> ExitCode {
        session.start()
        while !(isAtEnd && asked == 0) {
            switch await session.inbox.next() {
            case .connected: read()
            case .event(let name, let arguments, let acknowledgement):
                writer.event(name, arguments, question: acknowledgement.map(remember))
            case .dropped(let count): console.note("\(count) events came too fast, and were dropped")
            case .line(let line):
                isReading = false
                take(line)
                read()
            case .lineTooLong(let fault):
                isReading = false
                complain("\(fault)")
                read()
            case .answer(let name, let result):
                asked -= 1
                switch result {
                case .success(let reply): writer.acknowledgement(name, reply)
                case .failure(let error): complain("\(EventWriter.name(name))!: \(error)")
                }
                read()
            case .interrupted:
                await session.end()
                return .success
            case .over(let reason):
                await session.end()
                throw CommandFailure(reason)
            }
        }
        if !session.socket.connected { complain("there is no connection: what was sent last may be lost") }
        if !(await session.end()) { complain("the server did not take all that was sent") }
        return hasFailed && !console.isInteractive ? .failure : .success
    }

    /// Has the next line read, where there is one to read and somebody to send it to.
    private func read() {
        guard !isReading, !isAtEnd, asked < Self.maxAsked, session.socket.connected || console.isInteractive else {
            return
        }
        isReading = true
        Task { [inbox = session.inbox, input = console.input] in
            do throws(LineTooLong) {
                inbox.push(.line(try await input.nextLine()))
            } catch {
                inbox.push(.lineTooLong(error))
            }
        }
    }

    private func take(_ line: String?) {
        guard let line else { return leave() }
        do {
            guard let line = try EventLine(line) else { return }
            switch line.kind {
            case .command: try obey(line)
            case .event(let isAsked): try send(line, isAsked)
            }
        } catch {
            complain("\(error)")
        }
    }

    private func send(_ line: EventLine, _ isAsked: Bool) throws {
        let (socket, inbox) = (session.socket, session.inbox)
        let arguments = EventArguments(values: line.arguments)
        guard isAsked else { return try socket.emit(line.name, arguments: arguments) }
        asked += 1
        // It begins at once, and goes on where answers arrive: so both keep their order.
        Task.immediate(executorPreference: session.loop) {
            do {
                let reply: RawJSON? = try await socket.emitWithAck(line.name, arguments: arguments)
                inbox.push(.answer(line.name, .success(reply ?? .null)))
            } catch {
                inbox.push(.answer(line.name, .failure(error)))
            }
        }
    }

    private func obey(_ line: EventLine) throws {
        switch line.name {
        case "quit": isAtEnd = true
        case "ack":
            guard let number = line.arguments.first.flatMap({ try? $0.decode(Int.self) }),
                let place = questions.firstIndex(where: { $0.number == number })
            else { throw UsageError("/ack needs the number of a question that waits for an answer") }
            questions.remove(at: place).acknowledgement(arguments: EventArguments(values: line.arguments.dropFirst()))
        default: throw UsageError("/\(line.name): there are /ack NUMBER ARG... and /quit")
        }
    }

    /// The input is at its end.
    private func leave() {
        guard let linger else {
            isAtEnd = true
            return
        }
        // As if somebody thought for a while, and left.
        isReading = true
        Task { [inbox = session.inbox] in
            try? await Task.sleep(for: linger)
            inbox.push(.line("/quit"))
        }
    }

    private func remember(_ acknowledgement: Acknowledgement) -> Int {
        lastQuestion += 1
        if questions.count == Self.maxQuestions { questions.removeFirst() }
        questions.append((lastQuestion, acknowledgement))
        return lastQuestion
    }

    private func complain(_ words: String) {
        hasFailed = true
        console.note(words)
    }
}
