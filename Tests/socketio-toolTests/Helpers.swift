import Synchronization

@testable import socketio_tool

/// What the tool said.
final class Said: Sendable {
    private let state = Mutex((output: "", errors: ""))
    var output: String { state.withLock { $0.output } }
    var errors: String { state.withLock { $0.errors } }

    func console(input: [UInt8] = [], hasColours: Bool = false) -> Console {
        console(StandardInput(input), hasColours: hasColours)
    }

    func console(_ input: StandardInput, hasColours: Bool = false) -> Console {
        Console(
            write: { [self] text in state.withLock { $0.output += text } },
            error: { [self] text in state.withLock { $0.errors += text + "\n" } }, input: input,
            hasColours: hasColours)
    }
}

/// Runs the tool.
func run(_ arguments: String..., input: String = "", hasColours: Bool = false) async -> (code: Int32, said: Said) {
    await run(arguments, input: input, hasColours: hasColours)
}

func run(_ arguments: [String], input: String = "", hasColours: Bool = false) async -> (code: Int32, said: Said) {
    let said = Said()
    let code = await Tool(console: said.console(input: Array(input.utf8), hasColours: hasColours)).run(arguments)
    return (code.value, said)
}
