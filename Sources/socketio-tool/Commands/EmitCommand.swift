import SIOJSON
import SocketIOClient

/// `socketio emit`: sends one event.
struct EmitCommand: Command {
    let name = "emit"
    let summary = "sends an event, and prints its acknowledgement"
    let usage = """
        usage: socketio emit URL EVENT [ARG...] [OPTION...]

        Connects, sends an event, and leaves when all of it has left. An ARG is JSON, or a bare word for a string; @FILE
        sends the bytes of a file.

              --ack      asks for an acknowledgement, and prints it as JSON

        \(ClientOptions.help)

        The exit code is 1 if the event could not be sent, or the acknowledgement did not come.

          socketio emit http://localhost:3000 chat 'hello there' '{"to":"all"}'
          socketio emit http://localhost:3000 echo 42 --ack
        """

    func run(_ arguments: [String], on console: Console) async throws -> ExitCode {
        let arguments = try Arguments(arguments, ClientOptions.options + [.flag("ack")])
        guard arguments.positionals.count >= 2 else { throw UsageError("a URL and an event are needed") }
        let options = try ClientOptions(arguments.positionals[0], arguments)
        let event = arguments.positionals[1]
        let values = EventArguments(values: try arguments.positionals[2...].map(ValueText.parseArgument))
        let socket = try options.socket {
            $0.reconnection = false
        }
        // What is lost behind the event may have taken it along.
        let (losses, losing) = AsyncStream.makeStream(of: DisconnectReason.self, bufferingPolicy: .bufferingOldest(1))
        socket.on(.disconnect) { reason in
            if reason != .clientDisconnect { losing.yield(reason) }
        }
        try await connect(socket, options)
        var failure: CommandFailure?
        do {
            if arguments.has("ack") {
                let reply: RawJSON? = try await socket.emitWithAck(event, arguments: values)
                console.print((reply ?? .null).line)
            } else {
                try socket.emit(event, arguments: values)
            }
        } catch let error as ReservedEventName {
            failure = CommandFailure("\(error)")
        } catch {
            failure = CommandFailure("no acknowledgement of \(EventWriter.name(event)): \(error)")
        }
        let hasLeft = await socket.close(within: options.timeout)
        losing.finish()
        if let failure { throw failure }
        guard !arguments.has("ack") else { return .success }
        guard hasLeft else {
            throw CommandFailure("the server did not take the event within \(options.timeout.shortText)")
        }
        for await reason in losses { throw CommandFailure("the connection was lost: \(reason)") }
        return .success
    }

    private func connect(_ socket: ClientSocket, _ options: ClientOptions) async throws {
        do {
            try await socket.ready(within: options.timeout)
        } catch let failure as ConnectFailure {
            throw CommandFailure(failure, options, namespace: socket.namespace)
        } catch is ConnectionTimeout {
            throw CommandFailure("\(options.shownURL) did not answer within \(options.timeout.shortText)")
        }
    }
}

/// The namespace was not joined in time.
struct ConnectionTimeout: Error {}

extension ClientSocket {
    /// Connects, and waits until the socket is connected.
    ///
    /// - Parameter time: How long that may take in all.
    /// - Throws: ``ConnectionTimeout``, and what `ready()` throws.
    func ready(within time: Duration) async throws {
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await self.ready() }
                group.addTask {
                    try await Task.sleep(for: time)
                    throw ConnectionTimeout()
                }
                defer { group.cancelAll() }
                try await group.next()
            }
        } catch {
            disconnect()
            throw error
        }
    }
}
