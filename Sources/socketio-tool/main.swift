import Glibc

let console = Console.standard
let code = await Tool(console: console).run(Array(CommandLine.arguments.dropFirst()))
console.flush()
exit(code.value)
