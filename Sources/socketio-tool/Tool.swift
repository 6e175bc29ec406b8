/// The tool: finds the command, and runs it.
struct Tool {
    /// All commands, in the order in which the help names them.
    static let commands: [any Command] = [
        ConnectCommand(), EmitCommand(), ListenCommand(), ServeCommand(), BenchCommand(), DecodeCommand(),
    ]

    let console: Console

    func run(_ arguments: [String]) async -> ExitCode {
        guard let name = arguments.first else {
            console.error(help)
            return .usage
        }
        if ["--help", "-h", "help"].contains(name) {
            guard name == "help", let command = arguments.dropFirst().first else {
                console.print(help)
                return .success
            }
            return await run([command, "--help"])
        }
        guard let command = Self.commands.first(where: { $0.name == name }) else {
            console.error("socketio: there is no command \(name)\n\n\(help)")
            return .usage
        }
        return await run(command, Array(arguments.dropFirst()))
    }

    private func run(_ command: any Command, _ arguments: [String]) async -> ExitCode {
        let options = arguments.prefix { $0 != "--" }
        if options.contains("--help") || options.contains("-h") {
            console.print(command.usage)
            return .success
        }
        do {
            return try await command.run(arguments, on: console)
        } catch let error as UsageError {
            console.error("socketio \(command.name): \(error)\n\n\(command.usage)")
            return .usage
        } catch {
            // It may have words of a peer's in it.
            console.error("socketio \(command.name): \("\(error)".visible)")
            return .failure
        }
    }

    private var help: String {
        let width = Self.commands.map(\.name.count).max() ?? 0
        let lines = Self.commands.map { command in
            "  \(command.name.padded(to: width))   \(command.summary)"
        }
        return """
            usage: socketio COMMAND [ARGUMENT...]

            \(lines.joined(separator: "\n"))

            socketio COMMAND --help says more. Colours are for terminals alone, and not where NO_COLOR is set.
            """
    }
}

extension String {
    /// The text with spaces behind it, so that it has so many characters.
    func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
