import SIOEvents

/// `socketio listen`: prints the events that arrive.
struct ListenCommand: Command {
    let name = "listen"
    let summary = "prints the events that arrive, a line each"
    let usage = """
        usage: socketio listen URL [EVENT...] [OPTION...]

        Prints the events that arrive, of these names or of all, a line each, until it is interrupted. A connection that
        is lost comes back; what becomes of it is told on standard error.

              --count N  ends behind so many events
              --json     a line of JSON for each event: {"event":"chat","args":["hello"]}
              --retry    tries the first connection again and again, too

        \(ClientOptions.help)

        Bytes are printed in base64. The exit code is 1 if there is no connection, or the server ends it.

          socketio listen http://localhost:3000 chat --json | jq -r '.args[0]'
        """

    func run(_ arguments: [String], on console: Console) async throws -> ExitCode {
        let arguments = try Arguments(
            arguments, ClientOptions.options + [.value("count"), .flag("json"), .flag("retry")])
        guard let url = arguments.positionals.first else { throw UsageError("a URL is missing") }
        var remaining = try arguments.number("count", in: 1...Int.max)
        let session = try ClientSession(
            ClientOptions(url, arguments), isPatient: arguments.has("retry"),
            events: Set(arguments.positionals.dropFirst()), console: console)
        let writer = EventWriter(console: console, isJSON: arguments.has("json"))
        session.start()
        while true {
            switch await session.inbox.next() {
            case .event(let name, let arguments, _):
                writer.event(name, arguments)
                remaining = remaining.map { $0 - 1 }
                guard remaining == 0 else { continue }
                await session.end()
                return .success
            case .dropped(let count): console.note("\(count) events came too fast, and were dropped")
            case .interrupted:
                await session.end()
                return .success
            case .over(let reason):
                await session.end()
                throw CommandFailure(reason)
            case .connected, .line, .lineTooLong, .answer: break
            }
        }
    }
}
