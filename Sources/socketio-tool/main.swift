import Glibc

let code = await Tool(console: .standard).run(Array(CommandLine.arguments.dropFirst()))
exit(code.value)
