// The scenarios of a client: what a program that uses SocketIOClient does, against any server that serves these events.
//
// usage: client-scenario URL [--transport polling|websocket|upgrade] [--parser msgpack] [--ca FILE] [-k SUBSTRING]
//        client-scenario URL --chaos SECONDS --acknowledged FILE [--transport …]    while somebody hurts the server
//        client-scenario URL --hold N [--seconds N] [--transport …]                 N clients, and what they weigh
//
// Each case is a line, `ok` or `FAIL`; the exit code is 0 only if all passed.
//
// The server has the namespaces `/` and `/custom` with the same events. `/closed` refuses everybody with the message
// `not allowed` and the data `{"retry":false}`; there is no namespace `/nowhere`. It accepts messages of 1 MB, and none of
// 3 MB. At connection it emits `auth` with the handshake's auth.
//
// | event                     | the server                                                                              |
// |---------------------------|-----------------------------------------------------------------------------------------|
// | `message` (…)             | emits `message-back` (…)                                                                |
// | `message-with-ack` (…)    | acknowledges with (…)                                                                   |
// | `later` (ms, value)       | acknowledges with the value after so many milliseconds                                  |
// | `ask` (…)                 | asks the client `question` (…), then emits `answered` with the first value of the answer |
// | `whoami`                  | acknowledges with an object: `id`, the socket's id, and `transport`, the transport's name |
// | `burst` (n), `big` (n)    | emits `burst` (0) … `burst` (n-1); `big` with a string of n characters                  |
// | `measure` (data)          | acknowledges with the length of the string, or of the bytes                             |
// | `kick`                    | disconnects the socket, and not the connection                                          |
// | `note` (name, number)     | appends the line `name number` to a file, and then acknowledges: for `--chaos` only      |
// | any other                 | is passed over, and never acknowledged                                                  |
import Foundation
import SocketIOClient

do {
    let options = try Options(Array(CommandLine.arguments.dropFirst()))
    let isFine =
        switch options.mode {
        case .scenarios: await Suite(options).run()
        case .chaos(let duration, let file): try await Chaos(options, duration, acknowledged: file).run()
        case .hold(let count, let duration): try await Hold(options, count, duration).run()
        }
    exit(isFine ? 0 : 1)
} catch {
    FileHandle.standardError.write(Data("client-scenario: \(error)\n".utf8))
    exit(2)
}
