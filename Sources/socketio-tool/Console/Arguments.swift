/// A command's arguments, as its options say that they are to be read.
///
/// `--name value`, `--name=value`, `-n value` and `-n`; behind `--` nothing is an option, and a number never is.
struct Arguments: Equatable {
    /// An option that a command knows.
    struct Option: Equatable {
        let name: String
        let letter: Character?
        let takesValue: Bool

        /// An option that is there or not.
        static func flag(_ name: String, _ letter: Character? = nil) -> Option {
            Option(name: name, letter: letter, takesValue: false)
        }

        /// An option with a value; several of them add up.
        static func value(_ name: String, _ letter: Character? = nil) -> Option {
            Option(name: name, letter: letter, takesValue: true)
        }

        fileprivate func fits(_ text: Substring) -> Bool {
            text == "--\(name)" || letter.map { text == "-\($0)" } ?? false
        }
    }

    /// What is no option, in order.
    private(set) var positionals: [String] = []
    private var flags: Set<String> = []
    private var values: [String: [String]] = [:]

    init(_ arguments: [String], _ options: [Option]) throws(UsageError) {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "--" {
                positionals += rest
                return
            }
            guard argument.hasPrefix("-"), argument != "-", !Self.isNumber(argument) else {
                positionals.append(argument)
                continue
            }
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let option = options.first(where: { $0.fits(parts[0]) }) else {
                throw UsageError("there is no option \(parts[0])")
            }
            if !option.takesValue {
                guard parts.count == 1 else { throw UsageError("--\(option.name) takes no value") }
                flags.insert(option.name)
            } else if let value = parts.count == 2 ? String(parts[1]) : rest.popFirst() {
                values[option.name, default: []].append(value)
            } else {
                throw UsageError("--\(option.name) needs a value")
            }
        }
    }

    /// Whether what begins like an option is a number below zero.
    private static func isNumber(_ argument: String) -> Bool { argument.dropFirst().first?.isNumber ?? false }

    /// Whether the flag is there.
    func has(_ name: String) -> Bool { flags.contains(name) }

    /// The option's last value.
    func value(_ name: String) -> String? { values[name]?.last }

    /// All of the option's values.
    func all(_ name: String) -> [String] { values[name] ?? [] }
}
