import SIOBytes
import SIOEvents
import SIOJSON
import SIONet
import SocketIOProtocol
import Synchronization

/// An event that another server has sent, while its handlers are called.
struct ServerSideEvent: ~Copyable {
    let name: String
    private let elements: JSONElements
    private let attachments: [[UInt8]]
    /// Nil when no answer is wanted.
    let reply: ServerSideReply?
    private let receiver: ServerSideReceiver

    init(
        name: String, elements: JSONElements, attachments: [[UInt8]], reply: ServerSideReply?,
        receiver: ServerSideReceiver
    ) {
        self.name = name
        self.elements = elements
        self.attachments = attachments
        self.reply = reply
        self.receiver = receiver
    }

    /// The arguments, none decoded.
    var arguments: ArgumentReader { ArgumentReader(elements, attachments: attachments) }

    /// All arguments, kept as they came.
    var allArguments: Arguments {
        var text = ByteBuffer()
        for element in elements {
            if !text.isEmpty { text.append(UInt8(ascii: ",")) }
            text.append(element.source)
        }
        return Arguments(text: text.take(), attachments: attachments)
    }

    /// Runs the body as a task on the loop where the caller is.
    func run(_ body: @escaping @Sendable () async throws -> Void) {
        receiver.runningTasks.add(1, ordering: .relaxed)
        Task.immediate(executorPreference: receiver.home) { [receiver, name] in
            defer { receiver.runningTasks.subtract(1, ordering: .releasing) }
            do {
                try await body()
            } catch {
                receiver.report(error, event: name)
            }
        }
    }

    // MARK: Writing

    /// The names that the reference keeps for itself.
    private static let reserved: Set<String> = ["connect", "connection", "new_namespace"]

    /// An event as it is sent: an array of its name and its arguments.
    ///
    /// - Throws: ``ReservedEventName``.
    static func encode(_ name: String, _ arguments: Arguments) throws -> RawJSON {
        guard !reserved.contains(name) else { throw ReservedEventName(name) }
        var text = ByteBuffer()
        text.append("[")
        text.appendJSON(string: name)
        if !arguments.text.isEmpty {
            text.append(",")
            text.append(arguments.text)
        }
        text.append("]")
        return try RawJSON(trusted: text.take(), attachments: arguments.attachments)
    }
}

/// Answers a server that has sent an event and wants an answer.
///
/// It answers once; what comes later is dropped.
public final class ServerSideReply: Sendable {
    private let send: @Sendable (RawJSON) -> Void
    private let isSent = Atomic<Bool>(false)

    init(_ send: @escaping @Sendable (RawJSON) -> Void) {
        self.send = send
    }

    /// Answers with null.
    public func callAsFunction() {
        answer(.null)
    }

    /// Answers with a value.
    ///
    /// - Throws: `EncodingError` if it cannot be encoded; nothing was answered then, and it may be tried again.
    public func callAsFunction(_ value: some Encodable) throws {
        answer(try RawJSON(encoding: value))
    }

    private func answer(_ value: RawJSON) {
        guard !isSent.exchange(true, ordering: .relaxed) else { return }
        send(value)
    }
}
