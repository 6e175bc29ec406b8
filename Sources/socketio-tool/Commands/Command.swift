/// One of the tool's subcommands: one file each, listed in ``Tool/commands``.
protocol Command: Sendable {
    /// What it is called by: `decode`.
    var name: String { get }
    /// What it does, in half a line.
    var summary: String { get }
    /// How it is called, and with what: the whole of its `--help`.
    var usage: String { get }

    /// Does it.
    ///
    /// - Parameters:
    ///   - arguments: What stands behind the name; `--help` is taken care of.
    ///   - console: Where it speaks.
    /// - Returns: How it went.
    /// - Throws: ``UsageError``, answered with the usage and 64; other errors are told, and answered with 1.
    func run(_ arguments: [String], on console: Console) async throws -> ExitCode
}

/// How a command went.
struct ExitCode: Equatable, Sendable {
    let value: Int32

    /// All is well.
    static let success = ExitCode(value: 0)
    /// Something is not.
    static let failure = ExitCode(value: 1)
    /// It was called in a way that makes no sense (`EX_USAGE` of sysexits.h).
    static let usage = ExitCode(value: 64)
}

/// The command was called in a way that makes no sense.
struct UsageError: Error, Equatable, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
